import { expect, test } from 'vitest'
import type { TaskRow } from '../../shared/core/task.ts'
import { complete, expire, fail, requeue } from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { boom, lease } from './fixtures.ts'

describeBackends('stats', backend => {
  const completed = async (name: string, token: string, end: number) => {
    const row = await backend.claimed(await backend.submitted({ name }, end - 2_000), token, end - 1_000)
    return backend.written(complete(lease(row, token, end + 29_000), 1, {}, end))
  }

  /** What stats tell of the task that has waited longest. */
  const oldest = ({ id, name, runAt }: TaskRow) => {
    const { oldestById, oldestPrecisionMs } = backend.differences
    return { ...(oldestById && { id }), name, runAt: runAt - (runAt % oldestPrecisionMs) }
  }

  test('P15 count the rows of each name and stored state', async () => {
    await backend.submitted({ name: 'send-email' }, at('10:00:01'))
    await backend.submitted({ name: 'send-email', runAt: at('11:00:00') }, at('10:00:02'))
    await backend.submitted({ name: 'resize-image', expiresAt: at('10:00:04') }, at('10:00:03'))
    await backend.claimed(await backend.submitted({ name: 'resize-image' }, at('10:00:05')), 'token-A', at('10:00:06'))
    await completed('bill-customer', 'token-B', at('10:00:09'))
    await backend.shows(async () => {
      const counts = [...(await backend.stats.counts())].filter(({ count }) => count !== 0)
      expect(counts).toHaveLength(4)
      expect(counts).toEqual(
        expect.arrayContaining([
          { name: 'send-email', state: 'PENDING', count: 2 },
          { name: 'resize-image', state: 'PENDING', count: 1 },
          { name: 'resize-image', state: 'RUNNING', count: 1 },
          { name: 'bill-customer', state: 'COMPLETED', count: 1 },
        ]),
      )
    })
  })

  test('count ends per minute, from the minute that holds the time asked for', async () => {
    await completed('send-email', 'token-A', at('10:01:59') + 999)
    await completed('send-email', 'token-B', at('10:02:00'))
    await completed('send-email', 'token-C', at('10:02:59'))
    await completed('resize-image', 'token-D', at('10:02:30'))
    await backend.dead({ name: 'send-email' }, 'x', at('10:02:31'))
    await backend.written(
      expire(await backend.submitted({ expiresAt: at('10:03:00') }, at('10:00:01')), at('10:03:07')),
    )
    await backend.shows(async () => {
      const since = await backend.stats.ends(at('10:02:45'))
      expect(since).toHaveLength(4)
      expect(since).toEqual(
        expect.arrayContaining([
          { minute: at('10:02:00'), name: 'send-email', state: 'COMPLETED', count: 2 },
          { minute: at('10:02:00'), name: 'resize-image', state: 'COMPLETED', count: 1 },
          { minute: at('10:02:00'), name: 'send-email', state: 'DEAD', count: 1 },
          { minute: at('10:03:00'), name: 'send-email', state: 'EXPIRED', count: 1 },
        ]),
      )
      expect(await backend.stats.ends(at('10:01:00'))).toContainEqual({
        minute: at('10:01:00'),
        name: 'send-email',
        state: 'COMPLETED',
        count: 1,
      })
      expect(await backend.stats.ends(at('10:04:00'))).toEqual([])
    })
  })

  test('H50 a requeue does not undo an end: the next one counts again', async () => {
    const dead = await backend.dead({}, 'x', at('10:01:01'))
    const again = await backend.written(requeue(dead, at('10:01:02'), 'user_9'))
    const running = await backend.claimed(again, 'token-A', at('10:01:03'))
    await backend.written(fail(lease(running, 'token-A', at('10:01:33')), running, boom('y'), 0, at('10:01:04')))
    await backend.shows(async () =>
      expect(await backend.stats.ends(at('10:01:00'))).toEqual([
        { minute: at('10:01:00'), name: 'send-email', state: 'DEAD', count: 2 },
      ]),
    )
  })

  test('the oldest waiting task is the one due longest, of whatever name and priority', async () => {
    expect(await backend.stats.oldestWaiting(at('12:00:00'))).toBeUndefined()
    await backend.submitted({ runAt: at('10:00:09'), priority: 1 }, at('10:00:01'))
    const first = await backend.submitted({ runAt: at('10:00:07'), priority: 5, name: 'resize-image' }, at('10:00:02'))
    await backend.submitted({ runAt: at('10:00:08'), priority: 1, name: 'resize-image' }, at('10:00:03'))
    await backend.shows(async () => {
      expect(await backend.stats.oldestWaiting(at('10:00:30'))).toEqual(oldest(first))
      expect(await backend.stats.oldestWaiting(at('10:00:06'))).toBeUndefined()
    })
  })

  test('a running task does not wait, not even when its worker has died; one between two attempts does', async () => {
    const abandoned = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:02'))
    expect(await backend.stats.oldestWaiting(at('11:00:00'))).toBeUndefined()
    const running = await backend.claimed(await backend.submitted({}, at('10:00:03')), 'token-B', at('10:00:04'))
    const retrying = await backend.written(
      fail(lease(running, 'token-B', at('10:00:34')), running, boom('x'), 5_000, at('10:00:05')),
    )
    expect(retrying.runAt).toBe(at('10:00:10'))
    await backend.shows(async () => expect(await backend.stats.oldestWaiting(at('11:00:00'))).toEqual(oldest(retrying)))
    expect(abandoned.wakeAt).toBe(at('10:00:34'))
  })

  test('P15 counters are right after a restart', async () => {
    await completed('send-email', 'token-A', at('10:01:01'))
    await backend.submitted({ name: 'resize-image', runAt: at('10:01:07') }, at('10:01:02'))
    const everything = async () => [
      await backend.stats.counts(),
      await backend.stats.ends(at('10:00:00')),
      await backend.stats.oldestWaiting(at('10:02:00')),
    ]
    await backend.shows(async () =>
      expect(await everything()).toEqual([
        expect.arrayContaining([
          { name: 'send-email', state: 'COMPLETED', count: 1 },
          { name: 'resize-image', state: 'PENDING', count: 1 },
        ]),
        [expect.objectContaining({ state: 'COMPLETED' })],
        expect.objectContaining({ name: 'resize-image' }),
      ]),
    )
    const before = await everything()
    await backend.reopen()
    expect(await everything()).toEqual(before)
    expect(before[0]).toHaveLength(2)
  })
})
