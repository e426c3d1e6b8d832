import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IdempotencyKeyReusedError, MalformedRequestError, Pulse, ValidationError } from '../../shared/sdk/index.ts'
import { checksumFile } from '../../tasks/checksum-file.ts'
import { echo } from '../../tasks/echo.ts'
import { fetchUrl } from '../../tasks/fetch-url.ts'
import { flaky } from '../../tasks/flaky.ts'
import { sleep } from '../../tasks/sleep.ts'
import { ROOT, type ServerProcess, startServerProcess } from './server-process.ts'

/** The client against the real server. */
let server: ServerProcess
let pulse: Pulse

beforeAll(async () => {
  server = await startServerProcess()
  pulse = new Pulse({ url: server.url })
})
afterAll(async () => expect(await server.stop()).toEqual({ code: 0, signal: null }))

const limit = { timeout: 15_000 }
/** A key and tag that no other test has. */
let count = 0
const unique = () => `test-${process.pid}-${count++}`

describe('the example tasks', () => {
  test('echo: the result is the input', async () => {
    for (const input of [{ a: ['ü', null, 1e-7] }, 'text', 0, null]) {
      const task = await pulse.wait(await pulse.enqueue(echo, input), limit)
      expect(task).toMatchObject({ state: 'COMPLETED', name: 'echo', result: input, payload: input, attempt: 1 })
    }
    expect(await pulse.wait(await pulse.enqueue('default'), limit)).not.toHaveProperty('result')
  })
  test('checksum-file: as computed here, with its progress', async () => {
    const handle = await pulse.enqueue(checksumFile, { path: 'package-lock.json' }, { wait: 10_000 })
    const content = readFileSync(new URL('package-lock.json', ROOT))
    expect(handle).toMatchObject({ state: 'COMPLETED', replayed: false })
    expect(handle.task?.result).toEqual({
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
      lines: content.toString().split('\n').length - 1,
    })
    expect(handle.task?.progress?.percent).toBe(100)
  })
  test('SEC-36 files outside and addresses inside end the task at the first attempt', async () => {
    const outcomes = await pulse.enqueueMany([
      { task: checksumFile, input: { path: '../../etc/passwd' } },
      { task: fetchUrl, input: { url: 'http://169.254.169.254/latest/meta-data/' } },
      { task: fetchUrl, input: { url: 'http://[::ffff:127.0.0.1]/' } },
    ])
    for (const outcome of outcomes) {
      if (!outcome.accepted) throw outcome.error
      const task = await pulse.wait(outcome.handle.id, limit)
      expect(task).toMatchObject({ state: 'DEAD', attempt: 1, lastError: { code: 'discarded' } })
      expect(task.lastError?.message).toMatch(/outside the folder|link-local|disguise/)
    }
  })
  test('flaky: fails, waits, and succeeds', async () => {
    const handle = await pulse.enqueue(flaky, { failures: 2 }, { backoff: { kind: 'fixed', delay: '10ms' } })
    const task = await pulse.wait(handle, limit)
    expect(task).toMatchObject({ state: 'COMPLETED', result: { attempts: 3 }, attempt: 3 })
    expect(task.history.map(({ state }) => state)).toEqual([
      'PENDING',
      'RUNNING',
      'RETRYING',
      'RUNNING',
      'RETRYING',
      'RUNNING',
      'COMPLETED',
    ])
  })
})

describe('submit', () => {
  test('H4 a repeat with the same key is the same task; with another body it is refused', async () => {
    const idempotencyKey = unique()
    const first = await pulse.enqueue(echo, 1, { idempotencyKey })
    const again = await pulse.enqueue(echo, 1, { idempotencyKey })
    expect(again).toMatchObject({ id: first.id, replayed: true })
    await expect(pulse.enqueue(echo, 2, { idempotencyKey })).rejects.toBeInstanceOf(IdempotencyKeyReusedError)
    const [outcome] = await pulse.enqueueMany([{ task: echo, input: 1, options: { idempotencyKey } }])
    expect(outcome).toMatchObject({ accepted: true, handle: { id: first.id, replayed: true } })
  })
  test('every option is understood, and shown again', async () => {
    const expiresAt = new Date(Date.now() + 7_200_000)
    const handle = await pulse.enqueue(
      sleep,
      { ms: 1 },
      {
        priority: 4,
        delay: '1h',
        expiresAt,
        maxAttempts: 7,
        backoff: { kind: 'exponential', delay: 100, factor: 3, cap: '1m', jitter: 'none' },
        timeout: 45_000,
        title: 'a title',
        description: 'words',
        tags: { customer: unique() },
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    )
    expect(handle.state).toBe('SCHEDULED')
    const task = await pulse.get(handle)
    expect(task).toMatchObject({
      priority: 4,
      expiresAt: expiresAt.toISOString(),
      maxAttempts: 7,
      backoff: { kind: 'exponential', factor: 3, jitter: 'none' },
      timeout: 'PT45S',
      title: 'a title',
      description: 'words',
    })
    expect(Date.parse(task.runAt) - Date.parse(task.createdAt)).toBe(3_600_000)
    expect(await pulse.cancel(handle)).toMatchObject({ state: 'CANCELED' })
  })
  test('what is refused names the field', async () => {
    const refused = pulse.enqueue('sleep', { ms: '5' })
    await expect(refused).rejects.toBeInstanceOf(ValidationError)
    await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/payload/ms' }] })
    await expect(pulse.enqueue('slep', {})).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/sleep/),
    })
    const options: object = { tags: { a: 1 } }
    await expect(pulse.enqueue(echo, 1, options)).rejects.toBeInstanceOf(MalformedRequestError)
  })
  test('many at once, with the fate of each', async () => {
    const inputs = Array.from({ length: 1_500 }, (_, index) => index)
    const outcomes = await pulse.enqueueMany(inputs.map(input => ({ task: input === 700 ? 'unknown' : 'echo', input })))
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1_499)
    expect(outcomes[700]).toMatchObject({ accepted: false, error: { code: 'invalid' } })
    const last = outcomes[1_499]
    if (!last?.accepted) throw new Error('the last one was refused')
    expect(await pulse.wait(last.handle, limit)).toMatchObject({ result: 1_499 })
  })
})
