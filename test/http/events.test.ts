import { describe, expect, test } from 'vitest'
import { routeList } from '../../shared/http/routes.ts'
import { securityHeaders } from '../../shared/http/security-headers.ts'
import { restEvent } from './rest-event.ts'
import { documented, eventOf, openApi } from './setup.ts'

describe('events', () => {
  test('a REST API works as an HTTP API does', async () => {
    const api = await openApi()
    const submitted = await api.handlers.tasks(
      restEvent('POST', '/api/v1/tasks', {
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'k' },
        multiValueHeaders: { 'Content-Type': ['application/json'], 'Idempotency-Key': ['k'] },
        body: Buffer.from('{"title":"é"}').toString('base64'),
        isBase64Encoded: true,
      }),
    )
    const answer = documented('POST', '/api/v1/tasks', submitted)
    expect(answer).toMatchObject({ status: 202, headers: { 'x-request-id': 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef' } })
    const listed = await api.handlers.tasks(
      restEvent('GET', '/api/v1/tasks/', {
        queryStringParameters: { state: 'CANCELED' },
        multiValueQueryStringParameters: { state: ['PENDING', 'CANCELED'] },
      }),
    )
    expect(documented('GET', '/api/v1/tasks', listed).body.items).toMatchObject([{ id: answer.body.id, title: 'é' }])
    const doubled = await api.handlers.tasks(
      restEvent('GET', '/api/v1/tasks', { multiValueQueryStringParameters: { limit: ['1', '2'] } }),
    )
    expect(doubled.statusCode).toBe(400)
    const read = await api.handlers.tasks(restEvent('GET', `/api/v1/tasks/${answer.body.id}`))
    expect(documented('GET', `/api/v1/tasks/${answer.body.id}`, read).body.title).toBe('é')
  })

  test('paths in answers carry the stage, as the caller has to call them', async () => {
    const api = await openApi()
    const body = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
    const submitted = await api.handlers.tasks(restEvent('POST', '/api/v1/tasks/', body({})))
    const { id } = JSON.parse(submitted.body ?? '')
    expect(submitted.headers?.location).toBe(`/prod/api/v1/tasks/${id}`)
    const batch = await api.handlers.tasks(restEvent('POST', '/api/v1/tasks/batch', body({ tasks: [{}] })))
    expect(JSON.parse(batch.body ?? '').items[0].location).toMatch(/^\/prod\/api\/v1\/tasks\/task_/)
    const listed = await api.handlers.tasks(
      restEvent('GET', '/api/v1/tasks', { multiValueQueryStringParameters: { limit: ['1'] } }),
    )
    expect(listed.headers?.link).toMatch(/^<\/prod\/api\/v1\/tasks\?limit=1&cursor=/)
    const event = eventOf('POST', '/prod/api/v1/tasks', { body: {} })
    event.requestContext.stage = 'prod'
    expect((await api.handlers.tasks(event)).headers?.location).toMatch(/^\/prod\/api\/v1\/tasks\/task_/)
  })

  test('the stage of an HTTP API is no part of the path', async () => {
    const api = await openApi()
    const event = eventOf('GET', '/prod/api/v1/tasks')
    event.requestContext.stage = 'prod'
    expect((await api.handlers.tasks(event)).statusCode).toBe(200)
    const plain = eventOf('GET', '/api/v1/tasks')
    plain.requestContext.stage = 'api'
    expect((await api.handlers.tasks(plain)).statusCode).toBe(404)
  })

  test('SEC-33 a request id is echoed only when it is harmless', async () => {
    const api = await openApi()
    const id = async (given: string) =>
      (await api.call('GET', '/health', { headers: { 'x-request-id': given } })).headers['x-request-id']
    expect(await id('abc-1.2:3')).toBe('abc-1.2:3')
    for (const bad of ['', 'a b', 'x\r\nset-cookie: a=b', '\u001b[31m', '\u202e', 'x'.repeat(129)])
      expect(await id(bad)).toBe('request-1')
  })
})

describe('routing', () => {
  test.each([
    '/',
    '/api',
    '/api/v1/task',
    '/api/v1/tasks/x/y',
    '/api/v1/tasks//',
    '/api/v1//tasks',
    '/docs/../etc/passwd',
    '/docs/package.json',
    '/favicon.ico',
    '/API/v1/tasks',
  ])('%s is 404', async path => {
    const api = await openApi()
    expect(await api.call('GET', path)).toMatchObject({ status: 404, body: { code: 'not_found', instance: path } })
  })

  test('a path with another method is 405 and names those that it has', async () => {
    const api = await openApi()
    for (const [method, path, allow] of [
      ['PUT', '/api/v1/tasks', 'POST, GET'],
      ['DELETE', '/api/v1/tasks/', 'POST, GET'],
      ['POST', '/api/v1/tasks/x', 'GET, PATCH, DELETE'],
      ['OPTIONS', '/api/v1/dispatch', 'GET'],
      ['TRACE', '/health', 'GET'],
      ['__proto__', '/health', 'GET'],
    ] as const) {
      expect(await api.call(method, path)).toMatchObject({
        status: 405,
        headers: { allow },
        body: { code: 'method_not_allowed' },
      })
    }
  })

  test('SEC-48 every answer has the security headers, whatever it is', async () => {
    const api = await openApi()
    const answers = await Promise.all([
      ...routeList.map(route =>
        api.call(route.method, route.path.replace(/\{id\}/, 'x').replace('{file}', 'start.js')),
      ),
      api.call('GET', '/nowhere'),
      api.call('PUT', '/health'),
      api.submit({}),
      api.submit({ unknown: 1 }),
    ])
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        ...securityHeaders,
        'x-request-id': 'request-1',
        'content-type': expect.any(String),
      })
    expect(securityHeaders).toEqual({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
    })
  })
})
