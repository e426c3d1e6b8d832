import { expect, onTestFinished, test } from 'vitest'
import { createScheduleClock } from '../../shared/runtime/schedule-clock.ts'
import type { DueReport } from '../../shared/schedules/requests.ts'
import { at, createManualClock } from '../helpers/clock.ts'

const HOUR = 3_600_000
const NOTHING: DueReport = { looked: 0, made: 0, failed: 0, done: true }

/** A server whose store answers as a test says. */
function open(answers: { fireDue?: () => Promise<DueReport>; rewind?: () => Promise<number> }) {
  const clock = createManualClock()
  const looks: number[] = []
  const failures: unknown[] = []
  const schedules = {
    fireDue() {
      looks.push(clock.now())
      return answers.fireDue?.() ?? Promise.resolve(NOTHING)
    },
    rewind: () => answers.rewind?.() ?? Promise.resolve(0),
  }
  const clockOfServer = createScheduleClock({ schedules, clock, failed: error => failures.push(error) })
  onTestFinished(() => clockOfServer.stop())
  return { clock, looks, failures, ...clockOfServer }
}

test('H78 a clock that went back is made good by the turn after one that could not', async () => {
  const error = new Error('a full disk')
  const tries = [
    () => Promise.resolve(0),
    () => Promise.reject(error),
    () => {
      isAhead = false
      return Promise.resolve(1)
    },
  ]
  const fired: number[] = []
  let isAhead = false
  const { clock, failures, start, poke } = open({
    rewind: () => tries.shift()?.() ?? Promise.resolve(0),
    async fireDue() {
      if (!isAhead) fired.push(clock.now())
      return NOTHING
    },
  })
  start()
  await clock.advance(0)
  isAhead = true
  clock.set(at('10:00:00') - HOUR)
  fired.length = 0
  poke()
  await clock.advance(2_000)
  expect(failures).toEqual([error])
  expect(fired[0]).toBeLessThanOrEqual(at('10:00:00') - HOUR + 2_000)
  // Once it has gone well, that was it.
  expect(tries).toEqual([])
})

test.each<[string, () => Promise<DueReport>]>([
  ['a schedule', async () => ({ ...NOTHING, looked: 1, failed: 1, nextAt: at('09:59:00') })],
  ['the store', () => Promise.reject(new Error('a full disk'))],
])('H71 where %s fails, a look a second is enough', async (_, failing) => {
  let fireDue = async () => NOTHING
  const { clock, looks, start, poke } = open({ fireDue: () => fireDue() })
  start()
  await clock.advance(10)
  fireDue = failing
  looks.length = 0
  poke()
  await clock.advance(1_000)
  expect(looks.length).toBeGreaterThan(0)
  expect(looks.length).toBeLessThanOrEqual(2)
  await clock.advance(10_000)
  expect(looks.length).toBeGreaterThan(9)
  expect(looks.length).toBeLessThanOrEqual(12)
})
