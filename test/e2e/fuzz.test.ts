import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiDocument, type Operation, type Parameter } from '../helpers/api-document.ts'
import { type Answer, Client, type RequestOptions } from '../helpers/client.ts'
import { arbitraryOf, mutated } from '../helpers/schema-arbitrary.ts'
import { cleanUp, ROOT, type Server, startServer } from '../helpers/server.ts'

// SEC-32, SEC-46, SEC-48: every route of the served /openapi.json, asked rightly and wrongly.
const RUNS = 250
const NAMES = ['default', 'echo', 'sleep', 'flaky', 'checksum-file']
const seed = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000)

let server: Server
let client: Client
let api: ApiDocument
let ids: string[]
/** Of a key, which no request ends by chance: its id would have to be guessed. */
let authorization: string
const asked = { valid: 0, invalid: 0, statuses: new Map<number, number>() }

beforeAll(async () => {
  const env = { USER_RATE_LIMIT_PER_HOUR: '0', RATE_LIMIT_PER_HOUR: '0' }
  server = await startServer({ data: ':memory:', tasks: `${ROOT}tasks`, env })
  client = new Client(server.url, 4)
  authorization = `Bearer ${await keyOfAnAdmin()}`
  api = new ApiDocument((await client.get('/openapi.json')).body)
  ids = [
    await client.submit({ name: 'echo', payload: 1 }),
    await client.submit({ name: 'echo', payload: 2, delay: '1h' }),
    await client.submit({ name: 'flaky', payload: { failures: 2 }, maxAttempts: 1 }),
    await client.submit({ name: 'sleep', payload: { ms: 3_000_000 }, timeout: '1h' }),
  ]
})

afterAll(async () => {
  const statuses = [...asked.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`)
  process.stdout.write(
    `fuzz: seed ${seed}; ${asked.valid} valid and ${asked.invalid} invalid requests; ${statuses.join(', ')}\n`,
  )
  await cleanUp()
})

async function keyOfAnAdmin(): Promise<string> {
  const who = { email: 'ada@example.com', password: 'looms weave algebraic patterns' }
  const post = async (path: string, json: unknown, headers = {}) =>
    (await client.send('POST', `/api/v1${path}`, { json, headers })).body as Record<string, string>
  const { invitation } = await post('/users', { role: 'admin' })
  await post('/auth/register', { ...who, invitation })
  const { access_token: token } = await post('/auth/login', who)
  const scopes = ['tasks:read', 'tasks:write', 'ops:read', 'ops:write', 'account', 'admin']
  const { key } = await post('/api-keys', { name: 'fuzz', scopes }, { authorization: `Bearer ${token}` })
  return key ?? ''
}

interface Made {
  readonly path: string
  readonly options: RequestOptions
  /** Whether the document allows it. */
  readonly valid: boolean
}

async function ask(operation: Operation, { path, options, valid }: Made): Promise<Answer> {
  const headers = { ...options.headers, authorization }
  const answer = await client.send(operation.method, path, { ...options, headers })
  asked[valid ? 'valid' : 'invalid']++
  asked.statuses.set(answer.status, (asked.statuses.get(answer.status) ?? 0) + 1)
  return answer
}

/** Requests of an operation, right or broken in one place, each judged by the document. */
function requests(operation: Operation): fc.Arbitrary<Made> {
  const { parameters, body } = operation
  const place = fc.constantFrom(
    'none',
    'none',
    ...(body ? ['body', 'body'] : []),
    ...(operation.path.startsWith('/api/') ? ['query'] : []),
  )
  return place
    .chain(broken =>
      fc.record({
        path: pathOf(operation),
        query: queryOf(parameters, broken === 'query'),
        headers: headersOf(parameters),
        json: bodyOf(operation, broken === 'body'),
      }),
    )
    .map(({ path, query, headers, json }) => {
      const right = query.every(([name, text]) => isAllowed(parameters, name, text)) && hasNoDouble(query)
      const fits = body === undefined || (json === undefined ? !body.required : api.accepts(body.schema, json))
      const search = new URLSearchParams(query).toString()
      return {
        path: search ? `${path}?${search}` : path,
        options: { headers, ...(json !== undefined && { json }) },
        valid: right && fits,
      }
    })
}

const isOfQuery = (parameter: Parameter) => parameter.in === 'query'

function isAllowed(parameters: readonly Parameter[], name: string, text: string): boolean {
  const parameter = parameters.find(each => isOfQuery(each) && each.name === name)
  return parameter !== undefined && api.acceptsText(parameter.schema, text)
}

function hasNoDouble(query: readonly (readonly [string, string])[]): boolean {
  const names = query.map(([name]) => name).filter(name => name !== 'state')
  return new Set(names).size === names.length
}

function pathOf({ path, parameters }: Operation): fc.Arbitrary<string> {
  if (!parameters.some(each => each.in === 'path'))
    return fc.constantFrom(path, `${path}/`).map(each => each.replace(/^\/$/, path))
  const segment = fc.oneof(
    fc.constantFrom(...ids),
    fc.string({ minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  )
  // Dots alone would be taken out of the path by the client.
  return segment
    .filter(text => text.isWellFormed() && !/^\.+$/.test(text))
    .map(text => path.replace(/\{\w+\}/, encodeURIComponent(text)))
}

function queryOf(parameters: readonly Parameter[], broken: boolean): fc.Arbitrary<[string, string][]> {
  const known = parameters.filter(isOfQuery)
  const names = ['verbose', ...known.map(({ name }) => name)]
  const right = known.map(({ name, schema }) =>
    arbitraryOf(schema, ref => api.resolve(ref)).map((value): [string, string] => [name, String(value)]),
  )
  const some = fc.subarray(right).chain(chosen => fc.tuple(...chosen))
  if (!broken) return some
  const wrong = fc.tuple(
    fc.oneof(fc.constantFrom(...names), fc.string({ minLength: 1, maxLength: 8 })),
    fc.string({ maxLength: 20 }),
  )
  return fc.tuple(some, wrong).map(([before, one]) => [...before, one])
}

function headersOf(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const printable = fc.string({ maxLength: 40 }).map(text => text.replace(/wait\s*=/gi, 'w='))
  const fields = parameters.filter(each => each.in === 'header').map(({ name }) => [name, printable])
  return fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<
    Record<string, string>
  >
}

function bodyOf({ body }: Operation, broken: boolean): fc.Arbitrary<unknown> {
  if (!body) return fc.constant(undefined)
  const right = arbitraryOf(body.schema, ref => api.resolve(ref)).map(withKnownName)
  const json = (broken ? mutated(right) : right).map(value => JSON.parse(JSON.stringify(value)) as unknown)
  return body.required ? json : fc.option(json, { nil: undefined })
}

/** A name made by its pattern is never that of a task. */
function withKnownName(value: unknown): unknown {
  const { name } = (value ?? {}) as { name?: unknown }
  return typeof name === 'string' && name.length % 4 > 0
    ? { ...(value as object), name: NAMES[name.length % NAMES.length] }
    : value
}

/** A batch answers for each of its tasks. */
function expectRefused(answer: Answer, { options }: Made): void {
  const { tasks } = (options.json ?? {}) as { tasks?: unknown[] }
  if (answer.status === 200 && tasks) {
    const { items } = answer.body as { items: { status: number }[] }
    expect(items).toHaveLength(tasks.length)
    const schema = api.resolve('#/components/schemas/BatchItem')
    for (const [index, item] of items.entries())
      if (!api.accepts(schema, tasks[index])) expect(item.status).toBeGreaterThanOrEqual(400)
    expect(items.some(({ status }) => status >= 400)).toBe(true)
    return
  }
  expect(answer.status).toBeGreaterThanOrEqual(400)
}

test('every route of the document is asked; invalid requests never get 2xx, none gets 5xx, each only what it lists', async () => {
  expect(api.operations.length).toBeGreaterThan(15)
  for (const operation of api.operations) {
    const property = fc.asyncProperty(requests(operation), async made => {
      const answer = await ask(operation, made)
      const label = `${operation.method} ${made.path} ${JSON.stringify(made.options)?.slice(0, 1_000)}`
      if (answer.status === 404 && answer.text.includes('there is nothing at this path'))
        return api.check(answer, label)
      api.checkOperation(operation, answer, label)
      if (!made.valid) expectRefused(answer, made)
    })
    await fc.assert(property, { numRuns: RUNS, seed })
  }
  expect(asked.invalid).toBeGreaterThan(300)
  expect(asked.statuses.get(202)).toBeGreaterThan(20)
}, 180_000)

function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/, '[^/]+')}$`)
}

describe('beside the routes', () => {
  test('SEC-32 methods that a path does not have are 405 with Allow, paths that are not there 404', async () => {
    for (const { path } of api.operations) {
      const asked = path.replace(/\{\w+\}/, ids[0] ?? '')
      const allowed = new Set(api.operations.filter(each => patternOf(each).test(asked)).map(({ method }) => method))
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH']) {
        if (allowed.has(method)) continue
        const answer = await client.send(method, asked)
        api.check(answer, `${method} ${asked}`)
        expect(answer.status, `${method} ${asked}`).toBe(405)
        expect(new Set(answer.headers.allow?.split(', ')), `${method} ${asked}`).toEqual(allowed)
      }
    }
    for (const path of [
      '/',
      '/api',
      '/api/v1',
      '/api/v1/task',
      '/api/v2/tasks',
      '/admin',
      '/.env',
      '/docs/../package.json',
      '//health',
    ]) {
      const answer = await client.get(path)
      api.check(answer, path)
      expect(answer.status, path).toBe(404)
    }
  })

  test('HEAD is GET without its body', async () => {
    for (const path of ['/health', '/api/v1/tasks', `/api/v1/tasks/${ids[0]}`, '/docs']) {
      const answer = await client.send('HEAD', path)
      expect(answer).toMatchObject({ status: 200, text: '' })
    }
  })
})
