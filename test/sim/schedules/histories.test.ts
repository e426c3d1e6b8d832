import { expect, test } from 'vitest'
import { tell } from './run/command.ts'
import { runSchedules } from './run/histories.ts'
import { kindsOf, simulate } from './simulate.ts'

/** As many as a push has time for; `npm run sim -- --schedules --seeds N` runs more. */
const SEEDS = Number(process.env.SIM_SCHEDULE_SEEDS ?? 2_000)
/** Messages are sent here, and nobody receives them. */
const UNUSED =
  /^(message(Doubled|Reordered|Back)|receipt|received|count|expiry|stream|timer|cancel|requeue|staleRead|indexLag)/

test('P12 H70 H71 H72 H73 H74 H76 H77 H78 hold, whatever fails: each occurrence becomes one task, or a line says why not', async () => {
  const summary = await runSchedules({ from: 1, seeds: SEEDS })
  expect(summary.found && (await tell(summary.found, undefined, false))).toBeUndefined()
  expect(summary.histories).toBe(SEEDS)
  expect(summary.again).toBe(Math.floor(SEEDS / 100))
  // What has never happened proves nothing.
  expect(summary.tasks).toBeGreaterThan(5 * SEEDS)
  expect(kindsOf().filter(name => !UNUSED.test(name) && !summary.faults[name])).toEqual([])
}, 600_000)

test('the same seed gives the same history, another one another', async () => {
  const [one, again, other] = [await simulate(3), await simulate(3), await simulate(4)]
  expect(again.hash()).toBe(one.hash())
  expect(other.hash()).not.toBe(one.hash())
})
