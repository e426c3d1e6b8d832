import { expect, test } from 'vitest'
import { type ShownState, shownStates } from '../../shared/core/shown-state.ts'
import { cancel, complete, discard, expire, fail } from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { boom, lease } from './fixtures.ts'

describeBackends('states of lists', backend => {
  const noon = at('12:00:00')
  const shown = async (states: readonly ShownState[] | undefined, now = noon) => {
    const page = await backend.tasks.list({ now, limit: 50, ...(states && { states }) })
    return page.rows.map(({ title }) => title).toSorted()
  }

  /** A task in each stored state, and those whose shown state depends on the clock. */
  async function oneOfEach(): Promise<void> {
    const start = at('11:00:00')
    const running = async (title: string, token: string) =>
      backend.claimed(await backend.submitted({ title }, start), token, start + 1_000)
    const right = (id: string, token: string) => lease({ id }, token, start + 30_000)

    await backend.submitted({ title: 'due' }, start)
    await backend.submitted({ title: 'due, expires later', expiresAt: noon + 1 }, start)
    await backend.submitted({ title: 'ahead', runAt: noon + 1 }, start)
    await backend.submitted({ title: 'lapsed', expiresAt: noon }, start)
    await backend.submitted({ title: 'lapsed ahead', runAt: noon + 5, expiresAt: noon - 5 }, start)
    const retrying = await running('retrying', 'token-R')
    await backend.written(fail(right(retrying.id, 'token-R'), retrying, boom('x'), 9_000_000, start + 2_000))
    const lapsing = await backend.claimed(
      await backend.submitted({ title: 'lapsed retry', expiresAt: noon - 7 }, start),
      'token-L',
      start + 1_000,
    )
    await backend.written(fail(right(lapsing.id, 'token-L'), lapsing, boom('x'), 9_000_000, start + 2_000))
    await running('running', 'token-U')
    await backend.claimed(
      await backend.submitted({ title: 'running, expired', expiresAt: noon - 9 }, start),
      'token-V',
      start + 1_000,
    )
    const completed = await running('completed', 'token-C')
    await backend.written(complete(right(completed.id, 'token-C'), 1, {}, start + 2_000))
    const dead = await running('dead', 'token-D')
    await backend.written(discard(right(dead.id, 'token-D'), dead, boom('x'), start + 2_000))
    await backend.written(cancel(await backend.submitted({ title: 'canceled' }, start), start + 2_000, 'user_9'))
    await backend.written(
      expire(await backend.submitted({ title: 'expired', expiresAt: start + 1_000 }, start), start + 3_000),
    )
  }

  const expected: Record<ShownState, string[]> = {
    PENDING: ['due', 'due, expires later'],
    SCHEDULED: ['ahead'],
    RETRYING: ['retrying'],
    RUNNING: ['running', 'running, expired'],
    COMPLETED: ['completed'],
    DEAD: ['dead'],
    CANCELED: ['canceled'],
    EXPIRED: ['expired', 'lapsed', 'lapsed ahead', 'lapsed retry'],
  }

  test('H52 H81 each task is listed in the one state that it is shown in', async () => {
    await oneOfEach()
    await backend.shows(async () => {
      for (const state of shownStates) expect([state, await shown([state])]).toEqual([state, expected[state]])
      expect(await shown(undefined)).toEqual(Object.values(expected).flat().toSorted())
    })
  })

  test('several states are joined by "or"', async () => {
    await oneOfEach()
    await backend.shows(async () =>
      expect(await shown(['DEAD', 'SCHEDULED', 'RETRYING'])).toEqual(['ahead', 'dead', 'retrying']),
    )
  })

  test('a scheduled task is pending from the millisecond of its run time, an expiring one gone from that of its expiry', async () => {
    await oneOfEach()
    await backend.shows(async () => {
      expect(await shown(['SCHEDULED'], noon + 1)).toEqual([])
      expect(await shown(['PENDING'], noon + 1)).toEqual(['ahead', 'due'])
      expect(await shown(['EXPIRED'], noon - 1)).not.toContain('lapsed')
    })
  })
})
