import { describe, expect, test } from 'vitest'
import { openApi } from './setup.ts'

describe('a submit that is refused', () => {
  test.each([
    [{ dely: '5m' }, '/dely', 'did you mean "delay"?'],
    [{ priority: '2' }, '/priority', 'number from 1'],
    [{ priority: true }, '/priority', 'expected'],
    [{ tags: ['a'] }, '/tags', 'object of strings'],
    [{ tags: { a: 1 } }, '/tags/a', 'is a string'],
    [{ title: 4 }, '/title', 'expected string'],
    [{ maxAttempts: '5' }, '/maxAttempts', 'expected'],
    [{ runAt: 5 }, '/runAt', 'expected string'],
    [{ name: null }, '/name', 'expected string'],
    [{ backoff: 7 }, '/backoff', 'expected string or object'],
    [{ backoff: { delay: 5 } }, '/backoff/kind', 'is one of fixed'],
    [{ backoff: { kind: 'fixed', jitter: 5 } }, '/backoff/jitter', ''],
    [{ backoff: { kind: 'fixed', dely: '5s' } }, '/backoff/dely', 'did you mean "delay"?'],
    [{ delay: ['5m'] }, '/delay', 'expected string or number'],
    [[], '', 'expected object'],
    ['text', '', 'expected object'],
    [null, '', 'expected object'],
  ])('400 names what is malformed: %j', async (body, pointer, detail) => {
    const api = await openApi()
    const answer = await api.submit(body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed' } })
    expect(answer.body.errors[0].pointer).toBe(pointer)
    expect(answer.body.errors[0].detail).toContain(detail)
  })

  test.each([
    [{ priority: 0 }, '/priority'],
    [{ priority: 6 }, '/priority'],
    [{ priority: 2.5 }, '/priority'],
    [{ name: '' }, '/name'],
    [{ name: 'a b' }, '/name'],
    [{ name: 'a\u202eb' }, '/name'],
    [{ name: 'nobody' }, '/name'],
    [{ maxAttempts: 0 }, '/maxAttempts'],
    [{ maxAttempts: 101 }, '/maxAttempts'],
    [{ delay: '5 parsecs' }, '/delay'],
    [{ delay: -1 }, '/delay'],
    [{ delay: '400w' }, '/delay'],
    [{ delay: '1s', runAt: '2031-01-01T00:00:00Z' }, '/runAt'],
    [{ runAt: 'tomorrow' }, '/runAt'],
    [{ runAt: '2031-02-30T00:00:00Z' }, '/runAt'],
    [{ runAt: '2031-01-01T00:00:00' }, '/runAt'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
    [{ timeout: 0 }, '/timeout'],
    [{ timeout: '2d' }, '/timeout'],
    [{ title: 'x'.repeat(201) }, '/title'],
    [{ title: 'half a pair: \ud800' }, '/title'],
    [{ description: 'x'.repeat(5_001) }, '/description'],
    [{ tags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 'v'])) }, '/tags'],
    [{ tags: { ['k'.repeat(65)]: 'v' } }, `/tags/${'k'.repeat(64)}`],
    [{ tags: { 'a:b': 'v' } }, '/tags/a:b'],
    [{ tags: { k: 'v'.repeat(257) } }, '/tags/k'],
    [{ backoff: 'cubic' }, '/backoff'],
    [{ backoff: { kind: 'cubic' } }, '/backoff/kind'],
    [{ backoff: { kind: 'fixed', jitter: 'some' } }, '/backoff/jitter'],
    [{ backoff: { kind: 'fixed', delay: 'soon' } }, '/backoff/delay'],
    [{ backoff: { kind: 'list', delays: [] } }, '/backoff/delays'],
    [{ payload: 'x'.repeat(256 * 1_024) }, '/payload'],
  ])('422 names what is refused (%#)', async (body, pointer) => {
    const api = await openApi()
    const answer = await api.submit(body)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid' } })
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
  })

  test('H99 422 when its timeout is longer than a function can run; one that fits is taken', async () => {
    const api = await openApi({ maxTimeoutMs: 840_000 })
    expect(await api.submit({ timeout: '14m' })).toMatchObject({ status: 202 })
    const errors = [{ pointer: '/timeout', detail: 'must be at most 14m here' }]
    expect(await api.submit({ timeout: '15m' })).toMatchObject({ status: 422, body: { code: 'invalid', errors } })
    const batch = await api.call('POST', '/api/v1/tasks/batch', { body: { tasks: [{}, { timeout: '15m' }] } })
    expect(batch.body.items).toMatchObject([
      { status: 202 },
      { status: 422, problem: { errors: [{ pointer: '/tasks/1/timeout' }] } },
    ])
  })
})
