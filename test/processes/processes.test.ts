import { afterAll, describe, expect, test } from 'vitest'
import { random } from '../helpers/kill-load.ts'
import { cleanUp } from '../helpers/server.ts'
import { check, recoveries } from './check.ts'
import type { Fault } from './faulty-proxy.ts'
import { History } from './history.ts'

const seed = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000)
const chance = random(seed)
const some = (most: number) => Math.floor(chance() * most)
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
/** Longer than anybody waits here: an attempt that takes so long is one that is broken off. */
const TOO_LONG_MS = 300_000
/** A lease ends 32 s after its last heartbeat. */
const LONGER_THAN_A_LEASE_MS = 36_000

const recovered: number[] = []

async function finish(history: History): Promise<void> {
  const told = await history.end()
  check(told)
  recovered.push(...recoveries(told))
}

afterAll(async () => {
  await cleanUp()
  const times = recovered.toSorted((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  process.stdout.write(
    `processes: seed ${seed} (E2E_SEED=${seed} repeats it); recovery of ${times.length} attempts that a kill broke off: ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${times.at(-1)} ms\n`,
  )
})

describe.concurrent('P1 P2 P4 killed with SIGKILL', () => {
  test('1 H1 before the acknowledgement: the caller asks again, and there is one task', async () => {
    const history = await History.begin()
    history.proxy.fail(() => (chance() < 0.5 ? { kind: 'half-open' } : { kind: 'none' }))
    const submitting = history.caller.submit(40, { ms: 20 })
    await sleep(100)
    await history.restart()
    history.proxy.fail(() => ({ kind: 'none' }))
    await submitting
    await finish(history)
    expect(history.caller.failures).toBeGreaterThan(0)
  })

  test('2 between acknowledgement and start', async () => {
    const history = await History.begin({ PULSE_CONCURRENCY: '1' })
    await history.caller.submit(1, { firstMs: TOO_LONG_MS })
    await history.started(1)
    await history.caller.submit(30)
    await history.restart({ PULSE_CONCURRENCY: '4' })
    expect(history.effects().filter(({ at }) => at < (history.kills[0] ?? 0))).toHaveLength(1)
    await finish(history)
  })

  test('3 P6 in the midst of attempts', async () => {
    const history = await History.begin()
    await history.caller.submit(20, { firstMs: TOO_LONG_MS, ms: 50 })
    await history.started(20)
    await history.restart()
    await finish(history)
    expect(history.rows().every(({ attempt }) => attempt === 2)).toBe(true)
  })

  test('4 H114 between two attempts', async () => {
    const history = await History.begin()
    await history.caller.submit(20, { failures: 2 })
    await history.inState('RETRYING', 20)
    await history.restart()
    await history.started(40)
    await history.restart()
    await finish(history)
    expect(history.rows().every(({ attempt }) => attempt >= 3)).toBe(true)
  })

  test('5 H32 P10 while dispatch is paused', async () => {
    const history = await History.begin()
    await history.post('/api/v1/dispatch/pause', { reason: 'a history' })
    await history.caller.submit(30)
    await history.restart()
    await history.caller.submit(10)
    await sleep(1_000)
    expect(history.effects()).toEqual([])
    await history.post('/api/v1/dispatch/resume', {})
    await finish(history)
    expect(history.rows().every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('6 P6 while it drains', async () => {
    const history = await History.begin({ PULSE_DRAIN: '60s' })
    await history.caller.submit(10, { firstMs: TOO_LONG_MS })
    await history.started(10)
    history.server.child.kill('SIGTERM')
    await sleep(500)
    expect(history.server.child.exitCode).toBeNull()
    await history.restart()
    await history.caller.submit(10)
    await finish(history)
  })

  test('7 H15 P13 while a batch is submitted', async () => {
    const history = await History.begin()
    // Half of the answers are swallowed, so that the kill always comes before some acknowledgement.
    history.proxy.fail(() => (chance() < 0.5 ? { kind: 'half-open' } : { kind: 'none' }))
    const batches = Array.from({ length: 8 }, () => history.caller.submitBatch(100))
    await sleep(30 + some(60))
    await history.restart()
    history.proxy.fail(() => ({ kind: 'none' }))
    await Promise.all(batches)
    await finish(history)
    expect(history.rows()).toHaveLength(800)
    expect(history.caller.failures).toBeGreaterThan(0)
  })

  test('8 again and again, under submits', async () => {
    const history = await History.begin()
    const submitting: Promise<unknown>[] = []
    for (let round = 0; round < 6; round++) {
      submitting.push(history.caller.submit(25, { ms: 100, firstMs: 400, failures: round % 2 }))
      await sleep(200 + some(400))
      await history.restart()
    }
    await Promise.all(submitting)
    await finish(history)
  })

  test('9 H31 with its attempts in threads', async () => {
    const threads = { PULSE_WORKER_THREADS: '2' }
    const history = await History.begin(threads)
    await history.caller.submit(2, { name: 'compute', firstMs: TOO_LONG_MS, ms: 20 })
    await history.started(2)
    await history.caller.submit(10, { name: 'compute', ms: 20 })
    await history.restart(threads)
    await finish(history)
  })
})

describe.concurrent('P3 P6 stopped, and ended by an operator', () => {
  test('10 H115 SIGSTOP for longer than a lease: what runs goes on, and is not started a second time', async () => {
    const history = await History.begin()
    await history.caller.submit(10, { firstMs: 2_000 })
    await history.started(10)
    history.server.child.kill('SIGSTOP')
    const submitting = history.caller.submit(10)
    await sleep(LONGER_THAN_A_LEASE_MS)
    history.server.child.kill('SIGCONT')
    await submitting
    await finish(history)
    expect(history.rows().every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('11 H108 SIGSTOP, then SIGKILL: no other process gets the file before, and the next one takes over', async () => {
    const history = await History.begin()
    await history.caller.submit(10, { firstMs: TOO_LONG_MS })
    await history.started(10)
    history.server.child.kill('SIGSTOP')
    // As long as the frozen one may wake up and write, nobody else gets the file.
    await expect(history.start()).rejects.toThrow(/in use by another Pulse process/)
    await history.restart()
    await finish(history)
  })

  test('12 SIGTERM: attempts that do not end in time are given back, and start again at once', async () => {
    const settings = { PULSE_DRAIN: '1s' }
    const history = await History.begin(settings)
    await history.caller.submit(10, { firstMs: TOO_LONG_MS })
    await history.started(10)
    const submitting = history.caller.submit(20, { ms: 20 })
    expect(await history.server.stop()).toEqual({ code: 0, signal: null })
    const stoppedAt = Date.now()
    await history.start(settings)
    await submitting
    await finish(history)
    const again = history
      .effects()
      .filter(({ kind, attempt, at }) => kind === 'start' && attempt === 2 && at > stoppedAt)
    expect(again).toHaveLength(10)
  })
})

describe.concurrent('P1 P8 behind a network that fails', () => {
  const faults: readonly (() => Fault)[] = [
    () => ({ kind: 'none' }),
    () => ({ kind: 'refuse' }),
    () => ({ kind: 'delay', ms: some(800) }),
    () => ({ kind: 'cut request', after: 1 + some(250) }),
    () => ({ kind: 'cut answer', after: 1 + some(700) }),
    () => ({ kind: 'half-open' }),
    () => ({ kind: 'trickle', bytes: 20 + some(60), everyMs: 20 }),
    () => ({ kind: 'double' }),
  ]
  const any = () => faults[some(faults.length)]?.() ?? { kind: 'none' }

  test('13 H4 H79 requests and answers are cut, delayed, doubled and swallowed: one task for each submit', async () => {
    const history = await History.begin()
    history.proxy.fail(any)
    await history.caller.submit(150, { ms: 5 })
    await history.caller.submitBatch(50)
    await finish(history)
    for (const make of faults) expect(history.proxy.counts.get(make().kind), make().kind).toBeGreaterThan(0)
    expect(history.caller.failures).toBeGreaterThan(30)
  })

  test('14 H4 the same, while the server is killed, stopped and started', async () => {
    const history = await History.begin()
    history.proxy.fail(any)
    const submitting = [history.caller.submit(60, { ms: 50, failures: 1 }), history.caller.submitBatch(40, { ms: 300 })]
    for (let round = 0; round < 4; round++) {
      await sleep(500 + some(1_000))
      if (round === 2) {
        history.server.child.kill('SIGSTOP')
        await sleep(1_500)
        history.server.child.kill('SIGCONT')
      } else await history.restart()
      submitting.push(history.caller.submit(15, { firstMs: 500, ms: 10 }))
    }
    await Promise.all(submitting)
    history.proxy.fail(() => ({ kind: 'none' }))
    await finish(history)
  })
})
