import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PulseError } from '../core/errors.ts'
import type { Verb } from './call.ts'
import type { HttpResult } from './event.ts'
import type { Routes } from './routes.ts'

const STYLE = 'text/css; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

/** The only files that are served, and whose they are. Nothing of a request becomes part of a path. */
const files: Readonly<Record<string, { readonly from: 'swagger-ui-dist' | 'here'; readonly type: string }>> = {
  'swagger-ui.css': { from: 'swagger-ui-dist', type: STYLE },
  'swagger-ui-bundle.js': { from: 'swagger-ui-dist', type: SCRIPT },
  'favicon-32x32.png': { from: 'swagger-ui-dist', type: 'image/png' },
  'start.js': { from: 'here', type: SCRIPT },
  'reference.css': { from: 'here', type: STYLE },
}

/** @param folder where a bundle keeps these files; from the packages themselves when absent */
export function createDocsAsset(folder?: string): Verb<Routes['docsAsset']> {
  const kept = new Map<string, Promise<HttpResult>>()
  return ({ id: name }) => {
    const file = Object.hasOwn(files, name) ? files[name] : undefined
    if (!file) throw new PulseError('not_found', 'there is no such file')
    const result = kept.get(name) ?? load(join(folder ?? folderOf(file.from), name), file.type)
    kept.set(name, result)
    // The headers of an answer are added to it, so that each gets an object of its own.
    return result.then(found => ({ ...found }))
  }
}

async function load(path: string, type: string): Promise<HttpResult> {
  const bytes = await readFile(path)
  const isText = type.startsWith('text/')
  return {
    statusCode: 200,
    headers: { 'content-type': type },
    body: bytes.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  }
}

function folderOf(from: 'swagger-ui-dist' | 'here'): string {
  if (from === 'here') return join(import.meta.dirname, 'assets')
  return join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..')
}
