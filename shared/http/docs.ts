import { json, type Verb } from './call.ts'
import { createDocsAsset } from './docs-assets.ts'
import { docsPage } from './docs-page.ts'
import type { HttpResult } from './event.ts'
import { createOpenApi, type OpenApiDocument } from './openapi.ts'
import { referencePage } from './reference-page.ts'
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
  const description = once(() => createOpenApi(version))
  const descriptionText = once(() => JSON.stringify(description()))
  const reference = once(() => referencePage(description()))
  return {
    openapi: async () => json(200, descriptionText()),
    docs: async ({ event }) => docsPage(rootOf(event.rawPath)),
    reference: async ({ event }) => page(reference().replaceAll('{{root}}', rootOf(event.rawPath))),
    docsAsset: createDocsAsset(assetsFolder),
  }
}

/** Links are relative, so that the pages also work below a stage of a REST API. */
function rootOf(path: string): string {
  return path.endsWith('/') ? '..' : '.'
}

function page(body: string): HttpResult {
  return { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

export type { OpenApiDocument }
