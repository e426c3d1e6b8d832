import type { Verb } from './call.ts'
export interface DocsOptions { readonly version: string }
export function createDocs(_options: DocsOptions): { openapi: Verb; docs: Verb; reference: Verb; docsAsset: Verb } {
  throw new Error('todo')
}
