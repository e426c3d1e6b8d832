import { expect, onTestFinished, test } from 'vitest'
import type { Janitor, JanitorPass } from '../../shared/identity/janitor.ts'
import { createJanitorClock } from '../../shared/runtime/janitor-clock.ts'
import { at, createManualClock, turns } from '../helpers/clock.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A server with a janitor that remembers its passes, and takes as long as a test says. */
function open(start: number, stored?: JanitorPass) {
  const clock = createManualClock(start)
  const began: number[] = []
  const failures: unknown[] = []
  let last = stored
  let error: Error | undefined
  let hold: Promise<void> = Promise.resolve()
  let isBusy = false
  const janitor: Janitor = {
    async run(requestId, hasTime) {
      expect(requestId).toMatch(/^[\w-]{36}$/)
      expect(isBusy).toBe(false)
      isBusy = true
      if (last?.endedAt !== undefined || !last)
        last = { startedAt: clock.now(), users: 0, keys: 0, expired: 0, unused: 0 }
      began.push(clock.now())
      await hold
      isBusy = false
      if (error) throw error
      if (hasTime()) last = { ...last, endedAt: clock.now() }
      return last
    },
    last: async () => last,
  }
  const server = () => createJanitorClock({ janitor, clock, failed: each => failures.push(each) })
  const clockOfServer = server()
  onTestFinished(() => clockOfServer.stop())
  return {
    clock,
    began,
    failures,
    ...clockOfServer,
    last: () => last,
    fail(with_: Error | undefined) {
      error = with_
    },
    /** @returns what lets it go on */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      hold = promise
      return resolve
    },
  }
}

const passAt = (startedAt: number): JanitorPass => ({
  startedAt,
  endedAt: startedAt + 5,
  ...{ users: 1, keys: 2, expired: 0, unused: 1 },
})

test('S4-10 a server on which it has never run has it run at its start, and then each day at 02:30 UTC', async () => {
  const { clock, start, began } = open(at('10:00:07'))
  start()
  await clock.advance(0)
  expect(began).toEqual([at('10:00:07')])
  await clock.advance(at('23:59:59') - clock.now())
  expect(began).toHaveLength(1)
  await clock.advance(3 * DAY)
  expect(began.slice(1).map(when => when - at('02:30:00'))).toEqual([DAY + 7_000, 2 * DAY + 7_000, 3 * DAY + 7_000])
})

test.each([
  ['this night', at('02:30:00'), 0],
  ['by hand, before the time of this night', at('02:29:59'), 1],
  ['a day ago', at('10:00:00') - DAY, 1],
  ['by a clock that was a year ahead', at('10:00:00') + 365 * DAY, 1],
])('S4-10 a server that starts where it ran last %s', async (_, startedAt, runs) => {
  const { clock, start, began } = open(at('10:00:00'), passAt(startedAt))
  start()
  await clock.advance(5 * MINUTE)
  expect(began).toHaveLength(runs)
})

test('S4-10 a pass that did not end is gone on with at the start, and the one of this night follows', async () => {
  const { endedAt: _, ...begun } = passAt(at('02:30:00') - DAY)
  const { clock, start, began, last } = open(at('10:00:00'), begun)
  start()
  await clock.advance(0)
  expect(last()?.startedAt).toBe(begun.startedAt)
  await clock.advance(MINUTE)
  expect(last()).toMatchObject({ startedAt: at('10:01:00'), endedAt: at('10:01:00') })
  await clock.advance(HOUR)
  expect(began).toHaveLength(2)
})

test('S4-10 a failure is told, and tried again a minute later', async () => {
  const { clock, start, began, failures, fail } = open(at('10:00:00'))
  const error = new Error('a full disk')
  fail(error)
  start()
  await clock.advance(MINUTE)
  expect(failures).toEqual([error, error])
  fail(undefined)
  await clock.advance(MINUTE)
  await clock.advance(HOUR)
  expect(began).toEqual([at('10:00:00'), at('10:01:00'), at('10:02:00')])
})

test('S4-10 after a sleep of the machine it runs within a minute', async () => {
  const { clock, start, began } = open(at('10:00:00'))
  start()
  await clock.advance(0)
  clock.set(at('05:00:00') + DAY)
  await clock.advance(MINUTE)
  await clock.advance(HOUR)
  expect(began).toEqual([at('10:00:00'), at('05:00:00') + DAY])
})

test('S4-10 never two at once, however long one takes', async () => {
  const { clock, start, began, hold } = open(at('10:00:00'))
  const letGo = hold()
  start()
  await clock.advance(3 * DAY)
  expect(began).toHaveLength(1)
  letGo()
  await clock.advance(MINUTE)
  expect(began).toHaveLength(2)
})

test('S4-10 a stop waits for the page that it is at and for nothing else, and leaves no timer', async () => {
  const { clock, start, stop, began, hold, last } = open(at('10:00:00'))
  const letGo = hold()
  start()
  await turns()
  let isStopped = false
  const stopping = stop().then(() => {
    isStopped = true
  })
  await turns()
  expect(isStopped).toBe(false)
  letGo()
  await stopping
  expect(last()?.endedAt).toBeUndefined()
  await clock.advance(DAY)
  expect([began.length, clock.timers()]).toEqual([1, 0])
})

test('S4-10 a server that is stopped before it has started has nothing to stop', async () => {
  const { clock, stop, began } = open(at('10:00:00'))
  await stop()
  await clock.advance(DAY)
  expect(began).toEqual([])
})
