import { expect, test } from 'vitest'
import type { TaskRow, TaskState } from '../../shared/core/task.ts'
import {
  cancel,
  complete,
  discard,
  edit,
  fail,
  heartbeat,
  reportProgress,
  submit,
} from '../../shared/core/transitions.ts'
import type { LogLine } from '../../shared/ports/log-store.ts'
import { at } from '../helpers/clock.ts'
import { type BackendUnderTest, describeBackends } from './describe-backends.ts'
import { boom, lease, newTask, present, winnerOf } from './fixtures.ts'

const line = (number: number): LogLine => ({
  at: at('10:00:00') + number,
  run: 1,
  attempt: 1,
  level: 'info',
  message: `line ${number}`,
})

/** A task with bodies and log lines beside its row. */
async function rich(backend: BackendUnderTest, make: () => Promise<TaskRow>): Promise<TaskRow> {
  const row = await make()
  await backend.blobs.put(row.id, 'payload-1', JSON.stringify('x'.repeat(20_000)))
  await backend.blobs.put(row.id, 'result-1', JSON.stringify('y'.repeat(20_000)))
  await backend.logs.append(row.id, [line(1), line(2)])
  await backend.logs.append(row.id, [line(3)])
  return row
}

async function leftOf(backend: BackendUnderTest, { id }: TaskRow) {
  return {
    row: await backend.tasks.read(id),
    payload: await backend.blobs.get(id, 'payload-1'),
    result: await backend.blobs.get(id, 'result-1'),
    lines: (await backend.logs.read(id, 9)).lines,
  }
}
const nothing = { row: undefined, payload: undefined, result: undefined, lines: [] }

/** One task in each state. */
async function oneInEach(backend: BackendUnderTest): Promise<readonly TaskRow[]> {
  const running = async (token: string) =>
    backend.claimed(await backend.submitted({ maxAttempts: 2 }, at('10:00:01')), token, at('10:00:02'))
  const held = (row: TaskRow) => lease(row, row.leaseToken ?? '', at('10:00:32'))
  const [completed, retrying, dead] = [await running('A'), await running('B'), await running('C')]
  const expired = await backend.submitted({ expiresAt: at('10:00:05') }, at('10:00:01'))
  return [
    await backend.submitted({}, at('10:00:01')),
    await backend.written(fail(held(retrying), retrying, boom('b'), 60_000, at('10:00:03'))),
    await running('D'),
    await backend.written(complete(held(completed), 1, { text: '1' }, at('10:00:03'))),
    await backend.written(discard(held(dead), dead, boom('c'), at('10:00:03'))),
    await backend.written(cancel(await backend.submitted({}, at('10:00:01')), at('10:00:03'), 'user_9')),
    await backend.written({ task: expired.id, expect: [], set: { state: 'EXPIRED', finishedAt: at('10:00:06') } }),
  ]
}

describeBackends('removal', backend => {
  test('SEC-22 a row of any state goes with its bodies and log lines, and nobody else’s', async () => {
    const states: TaskState[] = ['PENDING', 'RETRYING', 'RUNNING', 'COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED']
    const rows = await oneInEach(backend)
    expect(rows.map(({ state }) => state)).toEqual(states)
    const other = await rich(backend, () => backend.submitted({ owner: 'user_4' }, at('10:00:04')))
    const before = await leftOf(backend, other)
    for (const row of rows) {
      await rich(backend, async () => row)
      expect(await backend.tasks.remove(row), row.state).toBe(true)
      expect(await leftOf(backend, row), row.state).toEqual(nothing)
    }
    expect(await leftOf(backend, other)).toEqual(before)
    await backend.shows(async () => {
      const { rows } = await backend.tasks.list({ now: at('10:00:09'), limit: 99 })
      expect(rows.map(({ id }) => id)).toEqual([other.id])
    })
  })

  test('SEC-22 P15 counters follow, as if the row had never been; ends that were counted stay', async () => {
    const rows = await oneInEach(backend)
    const kept = await oneInEach(backend)
    const counted = async () =>
      Object.fromEntries((await backend.stats.counts()).map(({ state, count }) => [state, count]))
    await backend.shows(async () => expect(await counted()).toMatchObject({ PENDING: 2, RUNNING: 2, DEAD: 2 }))
    const ends = await backend.stats.ends(at('10:00:00'))
    for (const row of rows) await backend.tasks.remove(row)
    await backend.shows(async () =>
      expect(await counted()).toEqual(Object.fromEntries(kept.map(({ state }) => [state, 1]))),
    )
    expect(await backend.stats.ends(at('10:00:00'))).toEqual(ends)
    expect((await backend.stats.oldestWaiting(at('10:00:09')))?.runAt).toBe(at('10:00:01'))
    for (const row of kept) await backend.tasks.remove(row)
    await backend.shows(async () => {
      expect((await backend.stats.counts()).filter(({ count }) => count !== 0)).toEqual([])
      expect(await backend.stats.oldestWaiting(at('10:00:09'))).toBeUndefined()
    })
  })

  test('SEC-22 H63 who held it, and who was looking at it, brings nothing back to life', async () => {
    const waiting = await backend.submitted({}, at('10:00:01'))
    const running = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'A', at('10:00:02'))
    for (const row of [waiting, running]) expect(await backend.tasks.remove(row)).toBe(true)
    const held = lease(running, 'A', at('10:00:32'))
    for (const change of [
      heartbeat({ ...held, endsAt: at('10:00:42') }),
      reportProgress(held, { percent: 50 }),
      complete(held, 1, { text: '1' }, at('10:00:04')),
      fail(held, running, boom('late'), 0, at('10:00:04')),
      edit(waiting, { title: 'late' }, at('10:00:04'), 'user_9'),
      cancel(waiting, at('10:00:04'), 'user_9'),
    ])
      expect(winnerOf(await backend.tasks.commit(change))).toBeUndefined()
    for (const { id } of [waiting, running]) expect(await backend.tasks.read(id)).toBeUndefined()
    await backend.shows(async () =>
      expect((await backend.tasks.list({ owner: 'user_3', now: at('10:00:09'), limit: 9 })).rows).toEqual([]),
    )
  })

  test('SEC-22 H28 its hints lead to nothing', async () => {
    const row = await backend.submitted({}, at('10:00:01'))
    await backend.tasks.remove(row)
    expect(await backend.received(at('10:00:05'))).toEqual([])
    expect(await backend.received(at('10:20:05'))).toEqual([])
    await expect(backend.claimed(row, 'A', at('10:00:06'))).rejects.toThrow()
    expect(await backend.tasks.read(row.id)).toBeUndefined()
  })

  test('a row that has changed since it was seen stays, as it is now', async () => {
    const seen = await backend.submitted({}, at('10:00:01'))
    const running = await backend.claimed(seen, 'A', at('10:00:02'))
    expect(await backend.tasks.remove(seen)).toBe(false)
    expect(present(await backend.tasks.read(seen.id))).toEqual(present(running))
    await backend.shows(async () =>
      expect((await backend.stats.counts()).filter(({ count }) => count !== 0)).toEqual([
        { name: 'send-email', state: 'RUNNING', count: 1 },
      ]),
    )
    expect(await backend.tasks.remove(running)).toBe(true)
  })

  test('of claim and removal at the same moment one wins, and the other is told', async () => {
    const row = await backend.submitted({}, at('10:00:01'))
    const [claimed, removed] = await Promise.allSettled([
      backend.claimed(row, 'A', at('10:00:02')),
      backend.tasks.remove(row),
    ])
    const isGone = (await backend.tasks.read(row.id)) === undefined
    expect([claimed.status, removed]).toEqual([
      isGone ? 'rejected' : 'fulfilled',
      { status: 'fulfilled', value: isGone },
    ])
  })

  test('done twice, it removes what came to lie beside a row that was gone', async () => {
    const row = await backend.submitted({}, at('10:00:01'))
    expect(await backend.tasks.remove(row)).toBe(true)
    await rich(backend, async () => row)
    expect(await backend.tasks.remove(row)).toBe(true)
    expect(await leftOf(backend, row)).toEqual(nothing)
    expect((await backend.stats.counts()).filter(({ count }) => count < 0)).toEqual([])
  })

  test('takes many log lines with it', async () => {
    const row = await backend.submitted({}, at('10:00:01'))
    await Promise.all(Array.from({ length: 70 }, (_, number) => backend.logs.append(row.id, [line(number)])))
    expect(await backend.tasks.remove(row)).toBe(true)
    expect(await leftOf(backend, row)).toEqual(nothing)
  })

  test('its id can be used again', async () => {
    const task = newTask({}, at('10:00:01'))
    const first = await backend.written(submit(task, at('10:00:01')))
    await backend.tasks.remove(first)
    const second = await backend.written(submit({ ...task, title: 'again' }, at('10:00:02')))
    expect(present(await backend.tasks.read(task.id))).toEqual(present(second))
    backend.setNow(at('10:00:03'))
    expect((await backend.received(at('10:00:03'))).filter(each => each.task === task.id)).not.toEqual([])
  })
})
