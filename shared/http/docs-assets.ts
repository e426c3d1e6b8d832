import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createAssets, SCRIPT, STYLE } from './asset.ts'
import type { Verb } from './call.ts'
import type { Routes } from './routes.ts'

const swagger: Readonly<Record<string, string>> = {
  'swagger-ui.css': STYLE,
  'swagger-ui-bundle.js': SCRIPT,
  'favicon-32x32.png': 'image/png',
}
const own: Readonly<Record<string, string>> = { 'start.js': SCRIPT, 'reference.css': STYLE }

/** @param folder where a bundle keeps these files; from the packages themselves when absent */
export function createDocsAsset(folder?: string): Verb<Routes['docsAsset']> {
  const assets = Object.entries({ ...swagger, ...own }).map(([name, type]) => {
    const read = () => readFile(join(folder ?? folderOf(name), name))
    return [name, { type, read }] as const
  })
  const serve = createAssets(Object.fromEntries(assets))
  return ({ id: name }) => serve(name)
}

function folderOf(name: string): string {
  if (name in own) return join(import.meta.dirname, 'assets')
  return join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..')
}
