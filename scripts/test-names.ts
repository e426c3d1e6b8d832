import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const ID = /\b(?:H|P|SEC-)\d+\b/g

/** A text of a test file that names an id: the title of a test, of a group, or of a case. */
export interface NamedTest {
  readonly file: string
  readonly title: string
}

/** The tests that name each id. Comments and tests that are skipped do not count. */
export function testsById(): Map<string, NamedTest[]> {
  const byId = new Map<string, NamedTest[]>()
  const entries = readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !path.endsWith('.ts')) continue
    const file = relative(ROOT, path)
    for (const title of titlesOf(readFileSync(path, 'utf8'))) {
      for (const [id] of title.matchAll(ID)) byId.set(id, [...(byId.get(id) ?? []), { file, title }])
    }
  }
  return byId
}

const PIECE = /\/\/.*|\/\*[\s\S]*?\*\/|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g
/** Also the list of what a backend skips. */
const SKIPPED = /(?:\.(?:skip|todo)\s*\(|\{ test:)\s*$/

/** Texts that say more than an id. */
export function titlesOf(source: string): string[] {
  const titles: string[] = []
  for (const match of source.matchAll(PIECE)) {
    const text = match[1] ?? match[2] ?? match[3] ?? ''
    if (!text.includes(' ') || SKIPPED.test(source.slice(0, match.index))) continue
    titles.push(text)
  }
  return titles
}
