import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTerminal, isWaiting, taskStates } from '../../shared/core/task.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import type { CountedRow, RowChange } from '../../shared/ports/table-changes.ts'
import { at } from '../helpers/clock.ts'
import { loseAnswer } from '../helpers/faulty-requests.ts'
import { change, openCounting } from './counting.ts'

const MINUTE = 60_000

const row = fc.option(
  fc.record({
    name: fc.constantFrom('send-email', 'resize-image'),
    state: fc.constantFrom(...taskStates),
    runAt: fc.integer({ min: at('09:58:00'), max: at('10:01:00') }),
    finishedAt: fc.integer({ min: at('09:58:00'), max: at('10:01:00') }),
  }),
  { nil: undefined, freq: 6 },
)

/** How two readers go through a shard: again and again from somewhere that has been reached, over any stretch; some answers are lost. */
const delivery = fc.record({
  shard: fc.nat(2),
  back: fc.integer({ min: 0, max: 12 }),
  length: fc.integer({ min: 1, max: 9 }),
  alongside: fc.boolean(),
  isAnswerLost: fc.boolean(),
})

const history = fc.record({
  /** Of each task: which shard each of its changes is in never goes back, as when shards are split. */
  tasks: fc.array(fc.array(fc.record({ row, shard: fc.nat(2), gap: fc.integer({ min: 1, max: 99_999 }) })), {
    minLength: 1,
    maxLength: 6,
  }),
  deliveries: fc.array(delivery, { maxLength: 25 }),
})

interface Images {
  readonly before: CountedRow | undefined
  readonly after: CountedRow | undefined
}

function changesOf(steps: readonly { readonly row: CountedRow | undefined }[]): Images[] {
  return steps.map(({ row: after }, index) => ({ before: steps[index - 1]?.row, after }))
}

function tally(keys: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const key of keys) sums[key] = (sums[key] ?? 0) + 1
  return sums
}

test('P15 H89 whatever the cuts, the repeats, the readers and the order of shards, counters equal a recount', async () => {
  let longest = 0
  await fc.assert(
    fc.asyncProperty(history, async ({ tasks, deliveries }) => {
      const { counters, stats, recounts, faults } = await openCounting()
      const shards: RowChange[][] = [[], [], []]
      const all = tasks.flatMap(steps => {
        // A task stays in a shard or goes on in a later one.
        let shard = 0
        return changesOf(steps).map((images, index) => {
          shard = Math.max(shard, steps[index]?.shard ?? 0)
          return { images, shard, gap: steps[index]?.gap ?? 1 }
        })
      })
      for (const { images, shard, gap } of all) {
        const records = shards[shard] ?? []
        const sequence = Number(records.at(-1)?.sequence ?? 0) + gap
        records.push(change(sequence, images.before, images.after))
      }

      const reached = [0, 0, 0]
      /** @returns whether it was taken; otherwise it comes again, from there or from further back */
      const deliver = async (shard: number, start: number, length: number) => {
        const records = shards[shard]?.slice(start, start + length) ?? []
        try {
          await counters.apply(`shardId-${shard}`, records)
        } catch (error) {
          if (error instanceof StoreUnavailable) return false
          throw error
        }
        reached[shard] = Math.max(reached[shard] ?? 0, start + records.length)
        return true
      }
      for (const { shard, back, length, alongside, isAnswerLost } of deliveries) {
        const start = Math.max(0, (reached[shard] ?? 0) - back)
        if (isAnswerLost) faults.next('UpdateItem', loseAnswer)
        await Promise.all([
          deliver(shard, start, length),
          ...(alongside ? [deliver(shard, Math.max(0, start - 1), length + 2)] : []),
        ])
      }
      for (const shard of [0, 1, 2]) {
        while (!(await deliver(shard, reached[shard] ?? 0, all.length)));
      }

      const rows = tasks.flatMap(steps => steps.at(-1)?.row ?? [])
      const counts = (await stats.counts()).map(({ name, state, count }) => [`${name} ${state}`, count])
      expect(Object.fromEntries(counts)).toEqual(tally(rows.map(({ name, state }) => `${name} ${state}`)))

      const ends = (await stats.ends(0)).map(({ minute, name, state, count }) => [`${minute} ${name} ${state}`, count])
      const ended = all.flatMap(({ images: { before, after } }) =>
        before && after?.finishedAt !== undefined && before.state !== after.state && isTerminal(after.state)
          ? `${after.finishedAt - (after.finishedAt % MINUTE)} ${after.name} ${after.state}`
          : [],
      )
      expect(Object.fromEntries(ends)).toEqual(tally(ended))

      const due = rows.filter(({ state, runAt }) => isWaiting(state) && runAt <= at('10:00:30'))
      const oldest = Math.min(...due.map(({ runAt }) => runAt - (runAt % 1_000)))
      expect((await stats.oldestWaiting(at('10:00:30')))?.runAt ?? Number.POSITIVE_INFINITY).toBe(oldest)

      const recount = await recounts.begin()
      for (const each of rows) recount.add(each)
      expect(recount.differences()).toBe(0)
      longest = Math.max(longest, all.length)
    }),
    { numRuns: 30 },
  )
  expect(longest).toBeGreaterThan(20)
}, 120_000)
