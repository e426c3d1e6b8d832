import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Update } from '../../shared/core/change.ts'
import { isTerminal, isWaiting, type TaskRow } from '../../shared/core/task.ts'
import * as core from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { boom, hint, lease, names } from './fixtures.ts'

const MINUTE = 60_000

/** What may be tried on a task: most of it is refused in most states, and then must not be counted. */
const operations = [
  'claim',
  'complete',
  'fail',
  'snooze',
  'discard',
  'cancel',
  'requestCancel',
  'requeue',
  'expire',
  'progress',
] as const
type Operation = (typeof operations)[number]

const step = fc.record({
  submits: fc.integer({ min: 0, max: 2 }),
  operation: fc.constantFrom(...operations),
  task: fc.nat(30),
  passes: fc.constantFrom(0, 700, 20_000, 45_000),
})

function changeFor(operation: Operation, row: TaskRow, now: number): Update {
  const right = lease(row, row.leaseToken ?? 'token-none', now + 30_000)
  switch (operation) {
    case 'claim':
      return core.claim(hint(row), lease(row, `token-${now}`, now + 30_000), now)
    case 'complete':
      return core.complete(right, row.attempt, {}, now)
    case 'fail':
      return core.fail(right, row, boom('x'), 1_000, now)
    case 'snooze':
      return core.snooze(right, row, 500, now)
    case 'discard':
      return core.discard(right, row, boom('y'), now)
    case 'cancel':
      return isWaiting(row.state) ? core.cancel(row, now, 'user_9') : core.complete(right, 1, {}, now)
    case 'requestCancel':
      return row.state === 'RUNNING' ? core.requestCancel(row, now, 'user_9') : core.heartbeat(right)
    case 'requeue':
      return isTerminal(row.state) ? core.requeue(row, now, 'user_9') : core.heartbeat(right)
    case 'expire':
      return isWaiting(row.state) ? core.expire(row, now) : core.heartbeat(right)
    case 'progress':
      return core.reportProgress(right, { percent: 1 })
  }
}

/** Tallies as text, so that order does not matter. */
function tally(keys: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const key of keys) sums[key] = (sums[key] ?? 0) + 1
  return sums
}

describeBackends('stats against a recount', backend => {
  test('P15 H91 after any sequence of operations counters equal a recount of rows and histories', async () => {
    const ids: string[] = []
    let now = at('10:00:00')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async steps => {
        for (const { submits, operation, task, passes } of steps) {
          now += passes + 1
          backend.setNow(now)
          for (let each = 0; each < submits; each++) {
            const name = names[(task + each) % names.length] ?? names[0]
            const expiry = each === 1 ? { expiresAt: now + 30_000 } : {}
            ids.push((await backend.submitted({ name, maxAttempts: 2, ...expiry }, now)).id)
          }
          const id = ids[ids.length - 1 - (task % Math.max(1, ids.length))]
          const row = id === undefined ? undefined : await backend.tasks.read(id)
          if (row) await backend.tasks.commit(changeFor(operation, row, now))
        }
        await backend.shows(async () => {
          const rows = (await Promise.all(ids.map(id => backend.tasks.read(id)))).filter(row => row !== undefined)
          const counts = Object.fromEntries(
            (await backend.stats.counts())
              .filter(({ count }) => count !== 0)
              .map(c => [`${c.name} ${c.state}`, c.count]),
          )
          expect(counts).toEqual(tally(rows.map(({ name, state }) => `${name} ${state}`)))
          const ends = Object.fromEntries(
            (await backend.stats.ends(at('10:00:00'))).map(e => [`${e.minute} ${e.name} ${e.state}`, e.count]),
          )
          expect(ends).toEqual(tally(rows.flatMap(endsOf)))
          const { oldestPrecisionMs } = backend.differences
          const due = rows
            .filter(({ state }) => isWaiting(state))
            .map(({ runAt }) => runAt - (runAt % oldestPrecisionMs))
            .filter(runAt => runAt <= now)
          expect((await backend.stats.oldestWaiting(now))?.runAt).toBe(due.toSorted((a, b) => a - b)[0])
        })
      }),
      { numRuns: 8 },
    )
    expect(ids.length).toBeGreaterThan(30)
  }, 60_000)
})

function endsOf(row: TaskRow): string[] {
  return row.history
    .filter(({ to }) => isTerminal(to))
    .map(({ at: end, to }) => `${end - (end % MINUTE)} ${row.name} ${to}`)
}
