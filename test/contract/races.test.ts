import { expect, test } from 'vitest'
import type { Update } from '../../shared/core/change.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import {
  bury,
  cancel,
  claim,
  complete,
  discard,
  edit,
  expire,
  fail,
  heartbeat,
  reportProgress,
  requestCancel,
  requeue,
  snooze,
  stop,
} from '../../shared/core/transitions.ts'
import { judge } from '../../shared/core/verdict.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { boom, hint, lease, present, winnerOf } from './fixtures.ts'

describeBackends('races', backend => {
  /** Everything that the holder of a token may write. */
  const holdersWrites = (row: TaskRow, token: string): Update[] => {
    const right = lease(row, token, at('10:01:30'))
    const now = at('10:00:59')
    return [
      heartbeat(right),
      reportProgress(right, { percent: 99 }),
      complete(right, 1, { text: '"zombie"' }, now),
      fail(right, row, boom('zombie'), 1, now),
      snooze(right, row, 1, now),
      stop(right, row, 'zombie', now),
      discard(right, row, boom('zombie'), now),
    ]
  }
  const refused = async (writes: Update[], id: string) => {
    const before = present(await backend.tasks.read(id))
    for (const write of writes) expect(present(winnerOf(await backend.tasks.commit(write)))).toEqual(before)
    expect(present(await backend.tasks.read(id))).toEqual(before)
  }

  test('P3 H42 a worker whose lease another has taken over can write nothing', async () => {
    const first = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    const second = await backend.claimed(first, 'token-B', at('10:00:36'))
    expect(second).toMatchObject({ attempt: 2, attemptsLeft: 4, leaseToken: 'token-B' })
    await refused(holdersWrites(first, 'token-A'), first.id)
  })

  test('P3 nothing that its holder writes changes a task that has ended', async () => {
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    await backend.written(complete(lease(running, 'token-A', at('10:00:33')), 1, { text: '1' }, at('10:00:05')))
    await refused(holdersWrites(running, 'token-A'), running.id)
  })

  test('H50 H62 a worker of the old run can write nothing into the new one', async () => {
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    const dead = await backend.written(
      discard(lease(running, 'token-A', at('10:00:33')), running, boom('x'), at('10:00:05')),
    )
    const again = await backend.written(requeue(dead, at('10:00:07'), 'user_9'))
    expect(again).toMatchObject({ run: 2, attempt: 0, attemptsLeft: 6 })
    await refused(holdersWrites(running, 'token-A'), running.id)
    await backend.claimed(again, 'token-C', at('10:00:11'))
    await refused(holdersWrites(running, 'token-A'), running.id)
  })

  test('H62 a task is requeued once, however many ask at the same moment', async () => {
    const dead = await backend.dead({}, 'x', at('10:00:05'))
    const answers = await Promise.all(
      [1, 2, 3].map(each => backend.tasks.commit(requeue(dead, at('10:00:07'), `user_${each}`))),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await backend.tasks.read(dead.id)).toMatchObject({ run: 2, state: 'PENDING' })
  })

  test('H58 of cancel and claim one wins; the loser sees the row that won', async () => {
    const canceledFirst = await backend.submitted({}, at('10:00:01'))
    await backend.written(cancel(canceledFirst, at('10:00:03'), 'user_9'))
    const late = claim(hint(canceledFirst), lease(canceledFirst, 'token-A', at('10:00:34')), at('10:00:04'))
    expect(judge(hint(canceledFirst), winnerOf(await backend.tasks.commit(late)), at('10:00:04'))).toEqual({
      do: 'ack',
    })

    const claimedFirst = await backend.submitted({}, at('10:00:02'))
    await backend.claimed(claimedFirst, 'token-B', at('10:00:05'))
    const lost = winnerOf(await backend.tasks.commit(cancel(claimedFirst, at('10:00:06'), 'user_9')))
    expect(lost).toMatchObject({ state: 'RUNNING', leaseToken: 'token-B' })
  })

  test('H59 of complete and cancel the first wins', async () => {
    const completed = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    const asked = requestCancel(completed, at('10:00:07'), 'user_9')
    await backend.written(complete(lease(completed, 'token-A', at('10:00:33')), 1, { text: '1' }, at('10:00:06')))
    expect(winnerOf(await backend.tasks.commit(asked))).toMatchObject({ state: 'COMPLETED', result: '1' })

    const canceled = await backend.claimed(await backend.submitted({}, at('10:00:02')), 'token-B', at('10:00:04'))
    await backend.written(stop(lease(canceled, 'token-B', at('10:00:34')), canceled, 'told to', at('10:00:08')))
    const late = complete(lease(canceled, 'token-B', at('10:00:34')), 1, { text: '1' }, at('10:00:09'))
    expect(winnerOf(await backend.tasks.commit(late))).toMatchObject({ state: 'CANCELED' })
  })

  test('H51 a failure that has not seen the request to cancel is refused, and shown it', async () => {
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    await backend.written(requestCancel(running, at('10:00:05'), 'user_9'))
    const right = lease(running, 'token-A', at('10:00:33'))
    const winner = winnerOf(await backend.tasks.commit(fail(right, running, boom('x'), 1_000, at('10:00:06'))))
    expect(winner).toMatchObject({ cancelRequestedAt: at('10:00:05'), leaseToken: 'token-A' })
    expect(await backend.written(fail(right, winner as TaskRow, boom('x'), 1_000, at('10:00:06')))).toMatchObject({
      state: 'CANCELED',
    })
  })

  test("H25 the holder's own message waits for its end; a spare one looks again", async () => {
    const task = await backend.submitted({ maxAttempts: 3 }, at('10:00:01'))
    const won = await backend.written(claim(hint(task, 'm1'), lease(task, 'A', at('10:00:33')), at('10:00:03')))
    const lost = await backend.tasks.commit(claim(hint(task, 'm2'), lease(task, 'B', at('10:00:47')), at('10:00:05')))
    expect(won).toMatchObject({ attempt: 1, attemptsLeft: 2, leaseToken: 'A' })
    expect(judge(hint(task, 'm2'), winnerOf(lost), at('10:00:05'))).toMatchObject({
      do: 'look again',
      at: at('10:00:35'),
    })
    expect(judge(hint(task, 'm1'), winnerOf(lost), at('10:00:06'))).toEqual({ do: 'leave' })
  })

  test('H26 a claim that is sent twice is lost to itself: the row carries its own token', async () => {
    const task = await backend.submitted({}, at('10:00:01'))
    const sent = claim(hint(task), lease(task, 'token-A', at('10:00:33')), at('10:00:03'))
    await backend.written(sent)
    expect(winnerOf(await backend.tasks.commit(sent))).toMatchObject({
      leaseToken: 'token-A',
      attempt: 1,
      attemptsLeft: 5,
    })
  })

  test('H29 H30 no hint starts a task before its time; the row says when to come back', async () => {
    const task = await backend.submitted({ runAt: at('10:20:00') }, at('10:00:01'))
    const early = claim(hint(task), lease(task, 'token-A', at('10:20:29')), at('10:20:00') - 1)
    const winner = winnerOf(await backend.tasks.commit(early))
    expect(judge(hint(task), winner, at('10:20:00') - 1)).toMatchObject({ do: 'look again', at: at('10:20:00') })
    await backend.claimed(task, 'token-B', at('10:20:00'))
  })

  test('H34 an older heartbeat changes nothing, whenever it arrives', async () => {
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    await backend.written(heartbeat(lease(running, 'token-A', at('10:00:53'))))
    winnerOf(await backend.tasks.commit(heartbeat(lease(running, 'token-A', at('10:00:43')))))
    expect(await backend.tasks.read(running.id)).toMatchObject({ wakeAt: at('10:00:55') })
  })

  test('H35 a lease that has run out can still be kept, as long as nobody has taken over', async () => {
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    backend.setNow(at('10:01:40'))
    expect(await backend.written(heartbeat(lease(running, 'token-A', at('10:02:10'))))).toMatchObject({
      wakeAt: at('10:02:12'),
    })
  })

  test('H52 H81 after its expiry a task cannot start; it can only be ended', async () => {
    const task = await backend.submitted({ expiresAt: at('10:10:00') }, at('10:00:01'))
    const late = claim(hint(task), lease(task, 'token-A', at('10:10:30')), at('10:10:00'))
    const winner = winnerOf(await backend.tasks.commit(late))
    expect(judge(hint(task), winner, at('10:10:00'))).toMatchObject({ do: 'bury' })
    winnerOf(await backend.tasks.commit(expire(task, at('10:10:00') - 1)))
    expect(await backend.written(bury(task, at('10:10:00')))).toMatchObject({ state: 'EXPIRED' })
  })

  test('H61 a task that waits for its retry is canceled, and its hint is stale', async () => {
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:03'))
    const retrying = await backend.written(
      fail(lease(running, 'token-A', at('10:00:33')), running, boom('x'), 60_000, at('10:00:05')),
    )
    await backend.written(cancel(retrying, at('10:00:07'), 'user_9'))
    const late = claim(hint(running), lease(running, 'token-B', at('10:02:00')), at('10:01:05'))
    expect(judge(hint(running), winnerOf(await backend.tasks.commit(late)), at('10:01:05'))).toEqual({ do: 'ack' })
  })

  test('H31 H60 the burial of a task whose worker revived it is refused', async () => {
    const running = await backend.claimed(
      await backend.submitted({ maxAttempts: 1 }, at('10:00:01')),
      'token-A',
      at('10:00:03'),
    )
    await backend.written(heartbeat(lease(running, 'token-A', at('10:00:53'))))
    winnerOf(await backend.tasks.commit(bury(running, at('10:00:36'))))
    expect(await backend.written(bury(running, at('10:00:55')))).toMatchObject({
      state: 'DEAD',
      lastError: { code: 'crash_loop' },
    })
  })

  test('an edit and a claim at the same moment: the edit that came second is refused', async () => {
    const task = await backend.submitted({ payload: '1' }, at('10:00:01'))
    const running = await backend.claimed(task, 'token-A', at('10:00:03'))
    const late = edit(task, { payload: { text: '2' } }, at('10:00:04'), 'user_9')
    expect(present(winnerOf(await backend.tasks.commit(late)))).toEqual(present(running))
  })
})
