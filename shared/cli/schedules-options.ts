import { type ParseArgsConfig, parseArgs } from 'node:util'
import { suggest } from '../core/suggest.ts'

/** What a person typed cannot be meant: one line, and the exit code for misuse. */
export class Misused extends Error {
  override readonly name = 'Misused'
}

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const
const flag = { type: 'boolean' } as const

const rule = { cron: text, every: text, at: text, after: text, 'time-zone': text } as const
const options = {
  ...{ overlap: text, 'catch-up': text, jitter: text, 'start-at': text, 'end-at': text, description: text },
  ...{ task: text, payload: text, priority: text, tag: texts },
} as const
const common = {
  output: { type: 'string', short: 'o', default: 'table' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The options of each verb, and how it is called. */
export const verbs = {
  list: { usage: 'list', options: {} },
  get: { usage: 'get ID', options: {} },
  create: {
    usage:
      'create NAME --task NAME (--cron EXPRESSION [--time-zone ZONE] | --every LENGTH | --at TIME | --after LENGTH)',
    options: { ...rule, ...options, paused: flag },
  },
  edit: {
    usage: 'edit ID [--name NAME] [--remove FIELD]…, and the options of create',
    options: { ...rule, ...options, name: text, remove: texts },
  },
  pause: { usage: 'pause ID [-m REASON]', options: { reason: { type: 'string', short: 'm' } } },
  resume: { usage: 'resume ID', options: {} },
  trigger: { usage: 'trigger ID', options: {} },
  occurrences: { usage: 'occurrences ID [--future] [--limit N]', options: { future: flag, limit: text } },
  next: { usage: 'next ID [N]', options: {} },
  backfill: {
    usage: 'backfill ID --from TIME --to TIME [--dry-run]',
    options: { from: text, to: text, 'dry-run': flag },
  },
  delete: { usage: 'delete ID', options: {} },
} as const satisfies Record<string, { readonly usage: string; readonly options: ParseArgsConfig['options'] }>

export type VerbName = keyof typeof verbs

/** A value for each option that was given. */
export interface Given {
  readonly positionals: readonly string[]
  text(name: string): string | undefined
  flag(name: string): boolean
  list(name: string): readonly string[]
}

/** @throws Misused */
export function verbOf(given: string): VerbName {
  if (Object.hasOwn(verbs, given)) return given as VerbName // looked up in the line above
  const near = suggest(given, Object.keys(verbs))
  throw new Misused(`schedules has no command "${given}"${near ? `; did you mean "${near}"?` : ''}`)
}

/** @throws Misused */
export function readOptions(verb: VerbName, args: readonly string[]): Given {
  const known: NonNullable<ParseArgsConfig['options']> = { ...common, ...verbs[verb].options }
  const { tokens } = parseArgs({ args: [...args], options: known, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(known, token.name)) continue
    const near = suggest(token.name, Object.keys(known))
    throw new Misused(`"${verb}" has no option ${token.rawName}${near ? `; did you mean --${near}?` : ''}`)
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true })
    return {
      positionals,
      text: name => (typeof values[name] === 'string' ? values[name] : undefined),
      flag: name => values[name] === true,
      list: name => [values[name] ?? []].flat().map(String),
    }
  } catch (error) {
    throw new Misused(error instanceof Error ? error.message : String(error))
  }
}

/** @throws Misused */
export function outputOf(given: Given): 'table' | 'json' {
  const output = given.text('output')
  if (output === 'table' || output === 'json') return output
  throw new Misused(`there is no output "${output}": it is table or json`)
}

/** The words behind the verb. @throws Misused when there are fewer or more, or one is empty */
export function wordsOf(verb: VerbName, { positionals }: Given, least: number, most = least): readonly string[] {
  const isEmpty = positionals.includes('')
  if (positionals.length >= least && positionals.length <= most && !isEmpty) return positionals
  throw new Misused(`write: pulse schedules ${verbs[verb].usage}`)
}

/** @throws Misused */
export function countOf(what: string, given: string | undefined, standard: number): number {
  const count = given === undefined ? standard : /^\d{1,5}$/.test(given) ? Number(given) : 0
  if (count >= 1) return count
  throw new Misused(`${what} is a number from 1 to 99999, not "${given}"`)
}
