import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { accountVariables } from '../lib/accounts.ts'
import { bundle, bundleOptions } from '../lib/bundle.ts'
import { readSettings } from '../lib/settings.ts'
import { type FunctionName, functionNames, variables } from '../shared/aws/names.ts'
import { median, table } from './table.ts'

/**
 * What a function's start costs: size and import time of each bundle as the stack deploys it, side by side with the same clients of AWS
 * bundled bare. Fresh processes, in turn, so that the machine's mood meets all of them: what counts is medians and ratios.
 */
const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    smoke: { type: 'boolean', default: false },
    // The bare bundles get what ours have in place of some modules.
    replaced: { type: 'boolean', default: false },
  },
})
const rounds = given.smoke ? 1 : Number(given.rounds)
const TASKS = 'tasks/index.ts'
/**
 * Times the bare clients. `auth` also has the list of common passwords, which is loaded when the first password is chosen; whoever serves
 * schedules or removes them, what reads cron expressions.
 */
const larger: Readonly<Partial<Record<FunctionName, number>>> = { auth: 2.5, schedules: 1.65, ops: 1.65 }
const aims = { size: (name: FunctionName) => larger[name] ?? 1.4, import: 1.35 }
const IMPORT = /^import \{([^}]*)\} from "(@aws-sdk\/client-[\w-]+)";$/gm
/** Parts of a bundle that are named when it is too large. */
const SHOWN = 8

const ROOT = join(import.meta.dirname, '..')
process.chdir(ROOT)
const folder = mkdtempSync(join(tmpdir(), 'pulse-cold-start-'))

interface Contender {
  readonly name: FunctionName
  readonly own: string
  readonly bare: string
  readonly ownMs: number[]
  readonly bareMs: number[]
}

try {
  const contenders = functionNames.map(build)
  for (let round = 0; round < rounds; round++) {
    for (const { own, bare, ownMs, bareMs } of contenders) {
      bareMs.push(importMs(bare))
      ownMs.push(importMs(own))
    }
  }
  report(contenders)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function build(name: FunctionName): Contender {
  const own = join(folder, name)
  bundle(name, TASKS, own)
  const bare = join(folder, `${name}-bare`)
  const entry = join(folder, `${name}-bare.ts`)
  writeFileSync(entry, bareEntry(clientsOf(name)))
  const { alias, ...options } = bundleOptions(name, TASKS, bare)
  // The entry lies elsewhere; its packages do not.
  buildSync({
    ...options,
    alias: given.replaced ? alias : {},
    keepNames: false,
    sourcemap: false,
    entryPoints: [entry],
    nodePaths: [join(ROOT, 'node_modules')],
  })
  return { name, own: join(own, 'index.mjs'), bare: join(bare, 'index.mjs'), ownMs: [], bareMs: [] }
}

/** What a function uses of the clients of AWS, by package: that is what is left over when everything else is bundled. */
function clientsOf(name: FunctionName): ReadonlyMap<string, ReadonlySet<string>> {
  const { alias, ...options } = bundleOptions(name, TASKS, folder)
  const ownAlias = { 'pulse-tasks': alias['pulse-tasks'] }
  const built = buildSync({ ...options, alias: ownAlias, minify: false, packages: 'external', write: false })
  const text = built.outputFiles.find(({ path }) => path.endsWith('.mjs'))?.text ?? ''
  const code = text.replace(IMPORT, '')
  const used = new Map<string, Set<string>>()
  for (const [, names = '', from = ''] of text.matchAll(IMPORT)) {
    for (const [exported = '', local = exported] of names.split(',').map(each => each.trim().split(' as '))) {
      // An import that nothing needs stays, because the bundler does not know what else it does.
      if (new RegExp(`\\b${local}\\b`).test(code)) used.set(from, (used.get(from) ?? new Set()).add(exported))
    }
  }
  if (used.size === 0) throw new Error(`${name} uses no client of AWS`)
  return used
}

/** The same clients, made, and what is used of them besides. */
function bareEntry(clients: ReadonlyMap<string, ReadonlySet<string>>): string {
  const imports = [...clients].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}'`)
  const uses = [...clients.values()].flatMap(names =>
    [...names].map(name => (name.endsWith('Client') ? `new ${name}({})` : name)),
  )
  return [...imports, `export const used = [${uses.join(', ')}]`].join('\n')
}

/** In a fresh process, as Lambda does it: from the import's beginning to its end. */
function importMs(path: string): number {
  const script = `const start = performance.now(); await import(${JSON.stringify(pathToFileURL(path).href)}); process.stdout.write(String(performance.now() - start))`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: environment(),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${path} cannot be imported:\n${stderr}`)
  return Number(stdout)
}

/** Something for each variable; nothing is called. */
function environment(): Record<string, string> {
  const json: readonly string[] = [variables.queues, variables.mappings]
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...Object.fromEntries(Object.values(variables).map(name => [name, json.includes(name) ? '{}' : '1'])),
    ...accountVariables(readSettings({})),
  }
}

function report(contenders: readonly Contender[]): void {
  const rows = contenders.map(({ name, own, bare, ownMs, bareMs }) => {
    const [size, bareSize] = [statSync(own).size, statSync(bare).size]
    const [ms, bareImport] = [median(ownMs), median(bareMs)]
    return {
      function: name,
      'size KB': size / 1_024,
      'bare KB': bareSize / 1_024,
      'size : bare': size / bareSize,
      'import ms': ms,
      'bare ms': bareImport,
      'import : bare': median(ownMs.map((each, index) => each / (bareMs[index] ?? Number.NaN))),
    }
  })
  console.log(
    table(rows.map(row => ({ ...row, 'size KB': Math.round(row['size KB']), 'bare KB': Math.round(row['bare KB']) }))),
  )
  for (const row of rows) {
    if (row['import : bare'] > aims.import)
      console.log(`${row.function} takes longer than ${aims.import} times the clients`)
    const size = aims.size(row.function)
    if (row['size : bare'] <= size) continue
    console.log(`${row.function} is larger than ${size} times the clients: ${heaviest(row.function)}`)
    // Sizes are the same everywhere, so that this is no mood of the machine.
    process.exitCode = 1
  }
  const results = join(import.meta.dirname, 'results')
  mkdirSync(results, { recursive: true })
  const file = join(results, `cold-start-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`)
  writeFileSync(file, JSON.stringify({ rounds, aims, rows }, null, 2))
}

/** What a bundle consists of, the largest parts first. */
function heaviest(name: FunctionName): string {
  const { metafile } = buildSync({ ...bundleOptions(name, TASKS, folder), write: false, metafile: true })
  const parts = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  )) {
    const part = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, 2).join('/')
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput)
  }
  const sorted = [...parts].sort(([, a], [, b]) => b - a).slice(0, SHOWN)
  return sorted.map(([part, bytes]) => `${part} ${Math.round(bytes / 1_024)} KB`).join(', ')
}
