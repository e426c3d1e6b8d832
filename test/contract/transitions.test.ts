import { expect, test } from 'vitest'
import type { Update } from '../../shared/core/change.ts'
import type { TransitionName } from '../../shared/core/lifecycle.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import * as core from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'
import { type BackendUnderTest, describeBackends } from './describe-backends.ts'
import { boom, hint, lease, present } from './fixtures.ts'

type Row = TaskRow
interface Case {
  readonly from: 'waiting' | 'running' | 'dead'
  readonly change: (row: Row) => Update
  /** The fields that differ afterwards; `undefined` for those that are gone. The version is one higher, unless told. */
  readonly after: Partial<Record<keyof Row, unknown>>
}

const mine = (row: Row) => lease(row, 'token-A', at('10:00:45'))
const free = { leaseToken: undefined, heldBy: undefined }
const over = { ...free, wakeAt: undefined }
const entry = (row: Row, line: Row['history'][number]) => [...row.history, line]

/** Every transition, on a row that was submitted at 10:00:01, claimed at 10:00:07, and dead at 10:00:11. */
const cases: Record<Exclude<TransitionName, 'submit'>, Case> = {
  claim: {
    from: 'waiting',
    change: row => core.claim(hint(row, 'message-5'), mine(row), at('10:00:15')),
    after: {
      state: 'RUNNING',
      attempt: 1,
      attemptsLeft: 5,
      leaseToken: 'token-A',
      heldBy: 'message-5',
      wakeAt: at('10:00:47'),
      startedAt: at('10:00:15'),
    },
  },
  heartbeat: {
    from: 'running',
    change: row => core.heartbeat(mine(row)),
    after: { wakeAt: at('10:00:47'), version: at('10:00:01') + 1 },
  },
  reportProgress: {
    from: 'running',
    change: row => core.reportProgress(mine(row), { percent: 42, message: 'nearly' }),
    after: { progress: { percent: 42, message: 'nearly' } },
  },
  complete: {
    from: 'running',
    change: row => core.complete(mine(row), 1, { text: '{"sent":3}' }, at('10:00:13')),
    after: { ...over, state: 'COMPLETED', result: '{"sent":3}', finishedAt: at('10:00:13') },
  },
  fail: {
    from: 'running',
    change: row => core.fail(mine(row), row, boom('full'), 8_000, at('10:00:13')),
    after: { ...free, state: 'RETRYING', lastError: boom('full'), runAt: at('10:00:21'), wakeAt: at('10:00:21') },
  },
  snooze: {
    from: 'running',
    change: row => core.snooze(mine(row), row, 9_000, at('10:00:13')),
    after: { ...free, state: 'PENDING', attemptsLeft: 6, runAt: at('10:00:22'), wakeAt: at('10:00:22') },
  },
  release: {
    from: 'running',
    change: row => core.release(mine(row), row, at('10:00:14'), 'its worker had to stop'),
    after: { ...free, state: 'PENDING', attemptsLeft: 6, runAt: at('10:00:14'), wakeAt: at('10:00:14') },
  },
  stop: {
    from: 'running',
    change: row => core.stop(mine(row), row, 'not needed', at('10:00:13')),
    after: { ...over, state: 'CANCELED', finishedAt: at('10:00:13') },
  },
  discard: {
    from: 'running',
    change: row => core.discard(mine(row), row, boom('hopeless'), at('10:00:13')),
    after: { ...over, state: 'DEAD', lastError: boom('hopeless'), finishedAt: at('10:00:13') },
  },
  cancel: {
    from: 'waiting',
    change: row => core.cancel(row, at('10:00:12'), 'user_9'),
    after: { ...over, state: 'CANCELED', finishedAt: at('10:00:12') },
  },
  requestCancel: {
    from: 'running',
    change: row => core.requestCancel(row, at('10:00:12'), 'user_9'),
    after: { cancelRequestedAt: at('10:00:12'), attemptsLeft: 0 },
  },
  edit: {
    from: 'waiting',
    change: row =>
      core.edit(
        row,
        {
          title: null,
          description: 'D',
          tags: { x: 'y' },
          priority: 2,
          payload: { at: 'body-2' },
          runAt: at('10:09:00'),
        },
        at('10:00:12'),
        'user_9',
      ),
    after: {
      title: undefined,
      description: 'D',
      tags: { x: 'y' },
      priority: 2,
      payload: undefined,
      payloadAt: 'body-2',
      runAt: at('10:09:00'),
      wakeAt: at('10:09:00'),
    },
  },
  requeue: {
    from: 'dead',
    change: row => core.requeue(row, at('10:00:19'), 'user_9', { text: '{"n":2}' }),
    after: {
      state: 'PENDING',
      run: 2,
      attempt: 0,
      attemptsLeft: 6,
      payload: '{"n":2}',
      runAt: at('10:00:19'),
      wakeAt: at('10:00:19'),
      lastError: undefined,
      startedAt: undefined,
      finishedAt: undefined,
      expiresAt: undefined,
    },
  },
  expire: {
    from: 'waiting',
    change: row => core.expire(row, at('10:30:02')),
    after: { ...over, state: 'EXPIRED', finishedAt: at('10:30:02') },
  },
  bury: {
    from: 'waiting',
    change: row => core.bury(row, at('10:30:03')),
    after: { ...over, state: 'EXPIRED', finishedAt: at('10:30:03') },
  },
}

async function rowIn(state: Case['from'], backend: BackendUnderTest): Promise<Row> {
  const waiting = await backend.submitted(
    { runAt: at('10:00:03'), expiresAt: at('10:30:00'), title: 'T', payload: '{"n":1}' },
    at('10:00:01'),
  )
  if (state === 'waiting') return waiting
  const running = await backend.claimed(waiting, 'token-A', at('10:00:07'))
  if (state === 'running') return running
  return backend.written(core.discard(mine(running), running, boom('before'), at('10:00:11')))
}

describeBackends('transitions', backend => {
  for (const [name, { from, change, after }] of Object.entries(cases)) {
    test(`${name} changes the row as it says and nothing else`, async () => {
      const before = await rowIn(from, backend)
      const update = change(before)
      const expected = {
        ...before,
        version: before.version + 1,
        ...after,
        history: update.entry ? entry(before, update.entry) : before.history,
      }
      expect(present(await backend.written(update))).toEqual(present(expected))
      expect(present(await backend.tasks.read(before.id))).toEqual(present(expected))
    })

    test(`${name} is refused the second time, or changes nothing more`, async () => {
      const before = await rowIn(from, backend)
      const update = change(before)
      const written = await backend.written(update)
      const again = await backend.tasks.commit(update)
      const repeatable = name === 'heartbeat' || name === 'reportProgress'
      expect(again.ok).toBe(repeatable)
      expect({ ...(await backend.tasks.read(before.id)), version: 0 }).toEqual({ ...written, version: 0 })
    })
  }
})
