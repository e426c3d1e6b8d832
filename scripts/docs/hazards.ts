import { readFileSync } from 'node:fs'

/** What can go wrong, what of it is due today, and the promises that rest on it. */
export interface Hazards {
  readonly promises: Readonly<Record<string, { readonly title: string; readonly ids: readonly string[] }>>
  /** Title by id: each must be named by a test. */
  readonly due: Readonly<Record<string, string>>
  readonly later: readonly { readonly reason: string; readonly ids: Readonly<Record<string, string>> }[]
}

export function readHazards(): Hazards {
  return JSON.parse(readFileSync(new URL('../../test/repo/hazards.json', import.meta.url), 'utf8')) as Hazards
}

export function hazardsTable(): string {
  const rows = Object.entries(readHazards().due).map(([id, title]) => `| ${id} | ${title} |`)
  return ['| id | what must not go wrong |', '|---|---|', ...rows].join('\n')
}

export function laterTable(): string {
  const rows = readHazards().later.map(({ reason, ids }) => `| ${reason} | ${Object.keys(ids).join(' ')} |`)
  return ['| why not today | ids |', '|---|---|', ...rows].join('\n')
}
