import { json, type Verb } from './call.ts'
import { createDocsAsset } from './docs-assets.ts'
import { docsPage, page } from './docs-page.ts'
import type { Routes } from './routes.ts'

export interface DocsOptions {
  /** Of the product, shown in the description. */
  readonly version: string
  /** Where a bundle keeps the pages' files; from the packages themselves when absent. */
  readonly assetsFolder?: string
}

/** The description of the API and the two pages that show it; made when first asked for. */
export function createDocs({ version, assetsFolder }: DocsOptions): {
  readonly openapi: Verb<Routes['openapi']>
  readonly docs: Verb<Routes['docs']>
  readonly reference: Verb<Routes['reference']>
  readonly docsAsset: Verb<Routes['docsAsset']>
} {
  // Loaded when first asked for: a function that serves the API should not pay for its description at every start.
  const description = once(async () => (await import('./openapi.ts')).createOpenApi(version))
  const descriptionText = once(async () => JSON.stringify(await description()))
  const reference = once(async () => (await import('./reference-page.ts')).referencePage(await description()))
  return {
    openapi: async () => json(200, await descriptionText()),
    docs: async ({ event }) => docsPage(rootOf(event.rawPath)),
    reference: async ({ event }) => page((await reference()).replaceAll('{{root}}', rootOf(event.rawPath))),
    docsAsset: createDocsAsset(assetsFolder),
  }
}

/** Links are relative, so that the pages also work below a stage of a REST API. */
function rootOf(path: string): string {
  return path.endsWith('/') ? '..' : '.'
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
