import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import type { SubmitRequest } from '../../shared/engine/requests.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { at, turns } from '../helpers/clock.ts'
import { admin, alice, bob, gateway, openQueue, refusalOf } from '../helpers/engine.ts'

const strict = defineTask({
  name: 'strict',
  input: z.object({ to: z.string(), tags: z.array(z.object({ 'a/b': z.number() })) }),
  run: () => 1,
})
const slowlyChecked = defineTask({
  name: 'slowly-checked',
  input: z.string().refine(async text => text === 'good', 'must be good'),
  run: () => 1,
})
const plain = defineTask({ name: 'plain', retry: { maxAttempts: 3 }, run: input => input })
const idle = () => openQueue([plain, strict, slowlyChecked], { running: false })
const DAY = 86_400_000

describe('submit', () => {
  test('P1 stores a task with the defaults of its definition', async () => {
    const { engine, backend, events } = await idle()
    const { row, replayed } = await engine.submit(alice, { name: 'plain' })
    expect(replayed).toBe(false)
    expect(row).toMatchObject({
      name: 'plain',
      owner: 'alice',
      priority: 3,
      state: 'PENDING',
      maxAttempts: 3,
      attemptsLeft: 3,
    })
    expect(row).toMatchObject({
      createdAt: at('10:00:00'),
      runAt: at('10:00:00'),
      wakeAt: at('10:00:00'),
      version: at('10:00:00'),
    })
    expect(row.id).toMatch(/^task_[0-9A-HJKMNP-TV-Z]{26}$/)
    for (const field of ['payload', 'expiresAt', 'title', 'tags', 'policy', 'fingerprint'] as const)
      expect(row[field]).toBeUndefined()
    expect(await backend.tasks.read(row.id)).toMatchObject({ id: row.id, state: 'PENDING' })
    expect(events).toMatchObject([{ type: 'task.submitted', replayed: false, row: { id: row.id } }])
  })

  test('S1 keeps everything that the submitter chose', async () => {
    const { engine } = await idle()
    const chosen = {
      payload: { n: [1, null, 'ü'] },
      priority: 1,
      delayMs: 90_000,
      expiresAt: at('11:00:00'),
      maxAttempts: 17,
      backoff: { kind: 'fixed', delay: '50ms' },
      timeoutMs: 1_234,
      title: 'T',
      description: 'D',
      tags: { a: 'b' },
      traceparent: '00-1-2-01',
    } as const satisfies Partial<SubmitRequest>
    const { row } = await engine.submit(alice, { name: 'plain', ...chosen })
    expect(row).toMatchObject({
      payload: '{"n":[1,null,"ü"]}',
      priority: 1,
      runAt: at('10:01:30'),
      wakeAt: at('10:01:30'),
      expiresAt: at('11:00:00'),
      maxAttempts: 17,
      attemptsLeft: 17,
      policy: { backoff: { kind: 'fixed', delay: '50ms' }, timeoutMs: 1_234 },
      title: 'T',
      description: 'D',
      tags: { a: 'b' },
      traceparent: '00-1-2-01',
    })
  })

  test('a run time in the past means now', async () => {
    const { engine } = await idle()
    const { row } = await engine.submit(alice, { name: 'plain', runAt: at('09:00:00') })
    expect(row).toMatchObject({ runAt: at('10:00:00'), wakeAt: at('10:00:00') })
    expect((await engine.submit(alice, { name: 'plain', runAt: at('10:00:07') })).row.runAt).toBe(at('10:00:07'))
  })

  const refusals: Record<string, { request: SubmitRequest; pointer: string; detail: RegExp }> = {
    'an unknown name': { request: { name: 'plian' }, pointer: '/name', detail: /did you mean "plain"\?/ },
    'a name like none': {
      request: { name: 'zzzzzz' },
      pointer: '/name',
      detail: /no handler is registered for task name "zzzzzz"$/,
    },
    'delay and runAt': {
      request: { name: 'plain', delayMs: 5, runAt: at('11:00:00') },
      pointer: '/delay',
      detail: /not both/,
    },
    'a delay of more than a year': {
      request: { name: 'plain', delayMs: 367 * DAY },
      pointer: '/delay',
      detail: /within 365 days/,
    },
    'a run time in more than a year': {
      request: { name: 'plain', runAt: at('10:00:00') + 367 * DAY },
      pointer: '/runAt',
      detail: /within 365 days/,
    },
    'an expiry that has passed': {
      request: { name: 'plain', expiresAt: at('10:00:00') },
      pointer: '/expiresAt',
      detail: /later than now/,
    },
    'an expiry before the run time': {
      request: { name: 'plain', delayMs: 60_000, expiresAt: at('10:01:00') },
      pointer: '/expiresAt',
      detail: /time to run/,
    },
    'a payload that is no JSON': {
      request: { name: 'plain', payload: () => 1 },
      pointer: '/payload',
      detail: /must be JSON/,
    },
    'a payload of 256 KB and a byte': {
      request: { name: 'plain', payload: 'x'.repeat(256 * 1_024 - 1) },
      pointer: '/payload',
      detail: /at most 262144 bytes/,
    },
    'a payload that takes more bytes than letters': {
      request: { name: 'plain', payload: 'ü'.repeat(132_000) },
      pointer: '/payload',
      detail: /at most 262144/,
    },
    'a payload that its schema refuses': {
      request: { name: 'strict', payload: { tags: [] } },
      pointer: '/payload/to',
      detail: /string/i,
    },
    'a payload wrong deep inside': {
      request: { name: 'strict', payload: { to: 'a', tags: [{ 'a/b': 'x' }] } },
      pointer: '/payload/tags/0/a~1b',
      detail: /number/i,
    },
    'a payload that is checked slowly': {
      request: { name: 'slowly-checked', payload: 'bad' },
      pointer: '/payload',
      detail: /must be good/,
    },
  }
  for (const [what, { request, pointer, detail }] of Object.entries(refusals)) {
    test(`refuses ${what}, names the field, and stores nothing`, async () => {
      const { engine, backend } = await idle()
      const { code, errors } = await refusalOf(engine.submit(alice, request))
      expect(code).toBe('invalid')
      expect(errors).toMatchObject([{ pointer, detail: expect.stringMatching(detail) }])
      expect(await backend.stats.counts()).toEqual([])
    })
  }

  test('takes a payload of 256 KB, one that is checked slowly, and null', async () => {
    const { engine } = await idle()
    const largest = 'x'.repeat(256 * 1_024 - 2)
    const { row } = await engine.submit(alice, { name: 'plain', payload: largest })
    expect(row.payload).toBeUndefined()
    expect((await engine.get(alice, row.id)).payload).toBe(JSON.stringify(largest))
    expect((await engine.submit(alice, { name: 'slowly-checked', payload: 'good' })).row.payload).toBe('"good"')
    expect((await engine.submit(alice, { name: 'plain', payload: null })).row.payload).toBe('null')
  })

  test('H7 writes a large payload before the row that points at it, and no row when it cannot', async () => {
    const { engine, backend } = await idle()
    const { put } = backend.blobs
    const stored = gateway()
    const puts = vi.spyOn(backend.blobs, 'put')
    puts.mockImplementationOnce(async (...blob) => {
      await stored.promise
      await put(...blob)
    })
    const ids = async () => (await backend.tasks.list({ now: at('10:00:00'), limit: 9 })).rows.map(({ id }) => id)
    const submitted = engine.submit(alice, { name: 'plain', payload: 'x'.repeat(200_000) })
    await turns()
    expect(puts).toHaveBeenCalledOnce()
    expect(await ids()).toEqual([])
    stored.open()
    const { row } = await submitted
    expect(await ids()).toEqual([row.id])

    puts.mockRejectedValueOnce(new StoreUnavailable('the disk is full'))
    await expect(engine.submit(alice, { name: 'plain', payload: 'y'.repeat(200_000) })).rejects.toThrow(
      StoreUnavailable,
    )
    expect(await ids()).toEqual([row.id])
  })
})

describe('a batch', () => {
  test('P13 H15 one bad item fails alone, and the answer names the fate of each in order', async () => {
    const { engine } = await idle()
    const answers = await engine.submitMany(alice, [
      { request: { name: 'plain', title: 'first' } },
      { request: { name: 'nobody' } },
      { request: { name: 'strict', payload: {} } },
      { request: { name: 'plain', title: 'last' } },
    ])
    expect(answers).toMatchObject([
      { row: { title: 'first' } },
      { code: 'invalid' },
      { code: 'invalid' },
      { row: { title: 'last' } },
    ])
    expect((await engine.list(alice, { limit: 9 })).rows).toHaveLength(2)
  })

  test('H14 the same key twice in one batch is a replay, or refused with another body', async () => {
    const { engine } = await idle()
    const answers = await engine.submitMany(alice, [
      { request: { name: 'plain', payload: 1 }, idempotencyKey: 'k' },
      { request: { name: 'plain', payload: 1 }, idempotencyKey: 'k' },
      { request: { name: 'plain', payload: 2 }, idempotencyKey: 'k' },
    ])
    expect(answers).toMatchObject([{ replayed: false }, { replayed: true }, { code: 'idempotency_key_reused' }])
  })
})

describe('owners', () => {
  test("SEC-16 SEC-17 another owner's task is as unknown as none, for every call", async () => {
    const { engine } = await idle()
    const { row } = await engine.submit(alice, { name: 'plain' })
    const calls = (id: string) => [
      engine.get(bob, id),
      engine.wait(bob, id, 1),
      engine.logs(bob, id, 9),
      engine.edit(bob, id, { title: 'x' }),
      engine.cancel(bob, id),
      engine.requeue(bob, id, {}),
    ]
    const unknown = await Promise.all(calls('task_00000000000000000000000000').map(refusalOf))
    expect(await Promise.all(calls(row.id).map(refusalOf))).toEqual(unknown)
    expect(unknown[0]).toMatchObject({ code: 'not_found' })
    expect(await refusalOf(engine.get(alice, 'not-an-id'))).toEqual(unknown[0])
    expect((await engine.list(bob, { limit: 9 })).rows).toEqual([])
    expect((await engine.list(alice, { limit: 9 })).rows).toHaveLength(1)
  })

  test('operators see and change tasks of all', async () => {
    const { engine } = await idle()
    const { row } = await engine.submit(alice, { name: 'plain' })
    expect((await engine.get(admin, row.id)).row.owner).toBe('alice')
    expect((await engine.list(admin, { limit: 9 })).rows).toHaveLength(1)
    expect((await engine.cancel(admin, row.id)).row.history.at(-1)).toMatchObject({ to: 'CANCELED', by: 'admin@desk' })
  })
})
