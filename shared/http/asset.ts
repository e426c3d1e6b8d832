import { PulseError } from '../core/errors.ts'
import type { HttpResult } from './event.ts'

export const STYLE = 'text/css; charset=utf-8'
export const SCRIPT = 'text/javascript; charset=utf-8'

export interface Asset {
  readonly type: string
  read(): Promise<Buffer | string>
}

/**
 * Serves the files of pages, each read once. Nothing of a request becomes part of a path.
 * @param assets by name, the only ones that are served
 */
export function createAssets(assets: Readonly<Record<string, Asset>>): (name: string) => Promise<HttpResult> {
  const kept = new Map<string, Promise<HttpResult>>()
  return async name => {
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
    if (!asset) throw new PulseError('not_found', 'there is no such file')
    const result = kept.get(name) ?? load(asset)
    kept.set(name, result)
    // A file that could not be read this time is read again.
    result.catch(() => kept.delete(name))
    // The headers of an answer are added to it, so that each gets an object of its own.
    return { ...(await result) }
  }
}

async function load({ type, read }: Asset): Promise<HttpResult> {
  const content = Buffer.from(await read())
  const isText = type.startsWith('text/')
  return {
    statusCode: 200,
    headers: { 'content-type': type },
    body: content.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  }
}
