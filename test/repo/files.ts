import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What is not ours, or is made by a run. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.pulse',
  '.pulse-stack',
  'cdk.out',
  'coverage',
  'dist',
  'results',
])
const TEXT = /\.(?:ts|mts|js|mjs|json|md|sh|css|yml|go|mod|example)$|^(?:LICENSE|run|\.npmrc|\.gitignore)$/

/** Paths of the project's text files below a folder, from the root. */
export function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (LEFT_OUT.has(entry.name)) return []
    if (entry.isDirectory()) return filesIn(path)
    return TEXT.test(basename(path)) ? [path] : []
  })
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export interface Import {
  /** A path from the root, or the name of a package or of a module of Node. */
  readonly to: string
  readonly isFile: boolean
  /** Gone before the program runs. */
  readonly typeOnly: boolean
}

const IMPORT =
  /^\s*(import|export)\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

export function importsOf(path: string): Import[] {
  return [...read(path).matchAll(IMPORT)].map(match => {
    const target = match[3] ?? match[4] ?? match[5] ?? ''
    const isFile = target.startsWith('.')
    return { to: isFile ? normalize(join(dirname(path), target)) : target, isFile, typeOnly: match[2] !== undefined }
  })
}

/** Source without its comments; good enough to look for calls in. */
export function codeOf(path: string): string {
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** The address that a server says it listens on; its output is dropped from then on. */
export async function firstUrl({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('the server was started without a pipe')
  for await (const line of createInterface(stdout)) {
    const url = /http:\/\/\S+/.exec(line)?.[0]
    if (url === undefined) continue
    stdout.resume()
    return url
  }
  throw new Error('the server ended before it was ready')
}
