import { describe, expect, test } from 'vitest'
import { codeOf, filesIn, type Import, importsOf, read } from './files.ts'

/** Which rooms of `shared/` a room may import, beside itself. Dependencies point inwards. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  calendar: ['core'],
  ports: ['core', 'calendar'],
  engine: ['core', 'ports'],
  schedules: ['core', 'calendar', 'ports', 'engine'],
  identity: ['core', 'ports'],
  sqlite: ['core', 'ports'],
  aws: ['core', 'calendar', 'ports'],
  http: ['core', 'calendar', 'ports', 'engine', 'schedules', 'identity'],
  worker: ['core', 'ports', 'engine'],
  telemetry: ['core', 'engine'],
  sdk: ['core'],
  runtime: [
    'core',
    'calendar',
    'ports',
    'engine',
    'schedules',
    'identity',
    'sqlite',
    'aws',
    'http',
    'worker',
    'telemetry',
    'sdk',
  ],
  cli: [
    'core',
    'calendar',
    'ports',
    'engine',
    'schedules',
    'identity',
    'sqlite',
    'aws',
    'http',
    'worker',
    'telemetry',
    'sdk',
    'runtime',
  ],
}

/** Packages and modules of Node that the inner rooms may use; the others may use any. */
const outside: Readonly<Record<string, readonly string[]>> = {
  core: ['node:crypto', '@standard-schema/spec'],
  calendar: ['croner'],
  ports: [],
  engine: ['@standard-schema/spec'],
  schedules: ['node:crypto'],
  identity: ['node:crypto', 'node:net', 'node:zlib', 'jose', '@zxcvbn-ts/language-common/dist/passwords.json.mjs'],
  sdk: [],
}

const TASKS_MAY_IMPORT = ['shared/core/definition.ts', 'shared/core/schedule-definition.ts']

const sources = filesIn('shared').filter(path => path.endsWith('.ts'))
const roomOf = (path: string) => path.split('/')[1] ?? ''

test('every room of shared/ is known here', () => {
  expect([...new Set(sources.map(roomOf))].filter(room => !(room in rooms))).toEqual([])
})

describe('imports point inwards', () => {
  test.each(Object.entries(rooms))('%s', (room, allowed) => {
    const wrong = importsFrom(sources.filter(path => roomOf(path) === room)).filter(({ to, isFile }) => {
      if (!isFile) return outside[room] !== undefined && !outside[room].includes(to)
      const inShared = to.startsWith('shared/') && [room, ...allowed].includes(roomOf(to))
      // The program's version is in its package.
      return !inShared && !(room === 'cli' && to === 'package.json')
    })
    expect(wrong).toEqual([])
  })

  test('of tasks, only to the definition and to packages: they are the user’s code', () => {
    const wrong = importsFrom(filesIn('tasks')).filter(
      ({ to, isFile }) => isFile && !to.startsWith('tasks/') && !TASKS_MAY_IMPORT.includes(to),
    )
    expect(wrong).toEqual([])
  })

  test('of bin, only to the command line and to the stacks', () => {
    const wrong = importsFrom(filesIn('bin')).filter(({ to, isFile }) => isFile && !/^(?:shared\/cli|lib)\//.test(to))
    expect(wrong).toEqual([])
  })

  test('of the functions, only to the composition roots; each is a page at most', () => {
    const functions = filesIn('functions')
    const wrong = importsFrom(functions).filter(
      ({ to, isFile }) => isFile && !to.startsWith('shared/runtime/') && to !== 'package.json',
    )
    expect(wrong).toEqual([])
    expect(functions.filter(path => read(path).split('\n').length > 31)).toEqual([])
  })

  test('of the stacks, only to names and routes that they share with the code', () => {
    const agreed = ['shared/aws/names.ts', 'shared/http/routes.ts', 'shared/http/route.ts', 'shared/core/suggest.ts']
    const wrong = importsFrom(filesIn('lib')).filter(
      ({ to, isFile }) => isFile && !to.startsWith('lib/') && !agreed.includes(to),
    )
    expect(wrong).toEqual([])
  })

  test('of clients of AWS, only from the adapters and from where they are put together', () => {
    const inner = sources.filter(path => !['aws', 'runtime', 'cli'].includes(roomOf(path)))
    expect(importsFrom(inner).filter(({ to }) => to.startsWith('@aws-sdk/'))).toEqual([])
  })

  test('of the product, never to tests, benches or scripts', () => {
    const product = ['shared', 'tasks', 'bin', 'lib', 'functions', 'examples'].flatMap(filesIn)
    expect(importsFrom(product).filter(({ to }) => /^(?:test|bench|scripts)\//.test(to))).toEqual([])
  })
})

test('no imports go in circles', () => {
  const all = [...sources, ...filesIn('lib')]
  expect(cycles(new Map(all.map(path => [path, importsOf(path).flatMap(({ to }) => to)])))).toEqual([])
})

test('the client runs in a browser: nothing that it loads needs Node', () => {
  const loaded = new Set<string>()
  const open = ['shared/sdk/index.ts']
  const foreign: string[] = []
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (loaded.has(path)) continue
    loaded.add(path)
    for (const { to, isFile, typeOnly } of importsOf(path)) {
      if (typeOnly) continue
      if (isFile) open.push(to)
      else foreign.push(`${path} → ${to}`)
    }
  }
  expect(foreign).toEqual([])
})

/** Time, chance, the environment and the console come from outside; elsewhere they are handed in. */
const ambient = /\bprocess\.env\b|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(?:Timeout|Interval)\b|\bconsole\./
const edges: Readonly<Record<string, string>> = {
  'shared/sdk/retry.ts': 'the client’s own edge: time and chance are an argument of Pulse',
  'shared/sdk/idempotency-key.ts': 'the client’s own edge: the source of keys is an argument',
}

test('clocks, chance, environment and console are touched in runtime, cli and telemetry only', () => {
  const inner = sources.filter(path => !['runtime', 'cli', 'telemetry'].includes(roomOf(path)) && !(path in edges))
  expect(inner.filter(path => ambient.test(codeOf(path)))).toEqual([])
})

describe('the checks see what they look for', () => {
  test('imports of files and of packages, over several lines, of types and of values', () => {
    const found = importsOf('shared/runtime/embedded.ts')
    expect(found).toContainEqual({ to: 'shared/sqlite/backend.ts', isFile: true, typeOnly: false })
    expect(found).toContainEqual({ to: 'shared/core/task.ts', isFile: true, typeOnly: true })
    expect(found).toContainEqual({ to: 'node:os', isFile: false, typeOnly: false })
    expect(importsFrom(sources).length).toBeGreaterThan(400)
  })

  test('circles, wherever they begin', () => {
    const graph = { a: ['b'], b: ['c', 'd'], c: ['d'], d: ['b'], e: ['a'] }
    expect(cycles(new Map(Object.entries(graph)))).toEqual(['b → c → d → b'])
  })

  test('clocks and the environment, but not in comments', () => {
    expect(ambient.test(codeOf('shared/runtime/clock.ts'))).toBe(true)
    expect(ambient.test(codeOf('shared/cli/dev.ts'))).toBe(true)
    expect(ambient.test(codeOf('shared/core/backoff.ts'))).toBe(false)
  })
})

function importsFrom(paths: readonly string[]): (Import & { readonly from: string })[] {
  return paths.filter(path => path.endsWith('.ts')).flatMap(from => importsOf(from).map(each => ({ from, ...each })))
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (node: string, path: readonly string[]) => {
    const start = path.indexOf(node)
    if (start >= 0) found.push([...path.slice(start), node].join(' → '))
    if (start >= 0 || done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return found
}
