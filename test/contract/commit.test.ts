import { expect, test } from 'vitest'
import { Add, removed } from '../../shared/core/change.ts'
import type { HistoryEntry } from '../../shared/core/task.ts'
import { complete, edit, requeue, submit } from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { hint, lease, newTask, present, winnerOf } from './fixtures.ts'

describeBackends('commit', backend => {
  test('P1 a new row is answered, and read back with every field as it was given', async () => {
    const task = newTask(
      {
        expiresAt: at('17:18:19'),
        title: 'Grüße 🐙',
        description: 'it\'s "quoted"\nand broken',
        tags: { customer: 'c-77', 'odd key:/~': 'ü' },
        payload: '{"to":"a@example.com","n":12345678901234567890.5}',
        payloadAt: 'body-8',
        fingerprint: 'print-9',
        policy: { timeoutMs: 45_000, backoff: { kind: 'list', delays: ['1s', 250] } },
        scheduleId: 'sch_2',
        scheduledFor: at('11:12:12'),
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        runAt: at('11:12:13'),
      },
      at('10:00:01'),
    )
    const committed = await backend.tasks.commit(submit(task, at('10:00:01')))
    const expected = {
      ...task,
      state: 'PENDING',
      run: 1,
      attempt: 0,
      attemptsLeft: 6,
      wakeAt: at('11:12:13'),
      createdAt: at('10:00:01'),
      version: at('10:00:01'),
      schemaVersion: 1,
      history: [{ at: at('10:00:01'), to: 'PENDING' }],
    }
    expect(committed.ok && present(committed.row)).toEqual(expected)
    expect(present(await backend.tasks.read(task.id))).toEqual(expected)
  })

  test('H9 H31 a row as a dead worker left it is read back with every field', async () => {
    const task = await backend.submitted({ maxAttempts: 9 }, at('10:00:01'))
    const set = {
      state: 'RUNNING',
      run: 4,
      attempt: 7,
      attemptsLeft: 2,
      wakeAt: at('10:00:40'),
      startedAt: at('10:00:08'),
      finishedAt: at('10:00:09'),
      cancelRequestedAt: at('10:00:10'),
      version: at('10:00:01') + 18,
      progress: { percent: 12.5, message: 'half of a quarter' },
      result: '[1]',
      resultAt: 'body-3',
      lastError: { name: 'E', message: 'm', stack: 's', code: 'timed_out', fingerprint: 'f' },
      leaseToken: 'token-A',
      heldBy: 'message-11',
    } as const
    await backend.written({ task: task.id, expect: [], set })
    expect(present(await backend.tasks.read(task.id))).toEqual({ ...present(task), ...set })
  })

  test('every field that may be absent can be removed', async () => {
    const task = await backend.submitted({
      expiresAt: at('17:00:00'),
      title: 'T',
      tags: { a: 'b' },
      payload: '1',
      policy: { timeoutMs: 5 },
    })
    const optional = ['expiresAt', 'title', 'tags', 'payload', 'policy', 'wakeAt'] as const
    const set = Object.fromEntries(optional.map(field => [field, removed]))
    const row = await backend.written({ task: task.id, expect: [], set })
    for (const field of optional) expect(row[field]).toBeUndefined()
    for (const field of optional) expect(present(await backend.tasks.read(task.id))).not.toHaveProperty(field)
  })

  test('an addition starts from the number in the row', async () => {
    const task = await backend.submitted({ maxAttempts: 9 }, at('10:00:01'))
    const row = await backend.written({
      task: task.id,
      expect: [],
      set: { attempt: new Add(5), attemptsLeft: new Add(-2), version: new Add(1) },
    })
    expect(row).toMatchObject({ attempt: 5, attemptsLeft: 7, version: at('10:00:01') + 1 })
    expect(await backend.tasks.read(task.id)).toMatchObject({
      attempt: 5,
      attemptsLeft: 7,
      version: at('10:00:01') + 1,
    })
  })

  test('H3 H79 a second creation of an id is refused and shown the row that won', async () => {
    const first = await backend.submitted({ title: 'first', fingerprint: 'print-1' }, at('10:00:01'))
    const second = newTask({ id: first.id, title: 'second', fingerprint: 'print-2' }, at('10:00:02'))
    const winner = winnerOf(await backend.tasks.commit(submit(second, at('10:00:02'))))
    expect(present(winner)).toEqual(present(first))
    expect(await backend.tasks.read(first.id)).toMatchObject({ title: 'first', createdAt: at('10:00:01') })
  })

  test('H63 H28 an update of a row that does not exist creates none and has no winner', async () => {
    const gone = newTask({}, at('10:00:01'))
    const ghost = submit(gone, at('10:00:01')).row
    for (const change of [
      complete(lease(gone, 'token-A', at('10:00:31')), 1, { text: '1' }, at('10:00:03')),
      requeue({ ...ghost, state: 'DEAD' }, at('10:00:05'), 'user_3'),
      { task: gone.id, expect: [], set: { title: 'boo' } },
      { task: gone.id, expect: [{ field: 'leaseToken', op: 'absent', value: 0 }], set: { title: 'boo' } },
    ] as const) {
      expect(winnerOf(await backend.tasks.commit(change))).toBeUndefined()
    }
    expect(await backend.tasks.read(gone.id)).toBeUndefined()
    await backend.shows(async () =>
      expect((await backend.tasks.list({ now: at('10:00:09'), limit: 9 })).rows).toEqual([]),
    )
  })

  test('a conflict carries the whole row that won, and writes nothing', async () => {
    const task = await backend.submitted({ payload: '{"a":1}', tags: { a: 'b' } }, at('10:00:01'))
    const edited = await backend.written(edit(task, { title: 'by the first' }, at('10:00:02'), 'first'))
    const late = edit(task, { title: 'by the second', priority: 1 }, at('10:00:03'), 'second')
    expect(present(winnerOf(await backend.tasks.commit(late)))).toEqual(present(edited))
    expect(present(await backend.tasks.read(task.id))).toEqual(present(edited))
  })

  test('history grows by the entry of each change, in order, with all of its words', async () => {
    const task = await backend.submitted({}, at('10:00:01'))
    const entries: HistoryEntry[] = [
      { at: at('10:00:02'), to: 'RUNNING' },
      { at: at('10:00:03'), to: 'RETRYING', attempt: 1, why: 'E: "quoted", [1,2]\n' },
      { at: at('10:00:04'), to: 'RUNNING', by: 'user_9', why: 'cancel requested' },
      { at: at('10:00:05'), to: 'PENDING', folded: 17, why: '17 earlier entries' },
    ]
    for (const entry of entries) await backend.written({ task: task.id, expect: [], set: {}, entry })
    expect((await backend.tasks.read(task.id))?.history).toEqual([...task.history, ...entries])
  })

  test('a history given whole takes the place of the old one and of the entry', async () => {
    const task = await backend.submitted({}, at('10:00:01'))
    const entry: HistoryEntry = { at: at('10:00:04'), to: 'RETRYING', attempt: 41 }
    const history: HistoryEntry[] = [
      ...task.history,
      { at: at('10:00:03'), to: 'RUNNING', why: '80 earlier entries', folded: 80 },
      entry,
    ]
    const row = await backend.written({ task: task.id, expect: [], set: {}, entry, history })
    expect(row.history).toEqual(history)
    expect((await backend.tasks.read(task.id))?.history).toEqual(history)
  })

  test('P3 of two claims at the same moment one wins, and the other is shown its row', async () => {
    const task = await backend.submitted({}, at('10:00:01'))
    const answers = await Promise.all(
      ['A', 'B', 'C', 'D'].map(async token => ({
        token,
        committed: await backend.tasks.commit(claimBy(task.id, token)),
      })),
    )
    const winners = answers.filter(({ committed }) => committed.ok)
    expect(winners).toHaveLength(1)
    for (const { committed } of answers.filter(answer => !answer.committed.ok)) {
      expect(winnerOf(committed)).toMatchObject({ leaseToken: winners[0]?.token, attempt: 1, attemptsLeft: 5 })
    }
    expect(await backend.tasks.read(task.id)).toMatchObject({ attempt: 1, leaseToken: winners[0]?.token })
  })

  test('H79 of two creations at the same moment one wins', async () => {
    const task = newTask({}, at('10:00:01'))
    const answers = await Promise.all(
      ['x', 'y', 'z'].map(title => backend.tasks.commit(submit({ ...task, title }, at('10:00:01')))),
    )
    const [won, ...more] = answers.filter(({ ok }) => ok)
    expect(more).toEqual([])
    for (const lost of answers.filter(({ ok }) => !ok)) expect(winnerOf(lost)?.title).toBe(won?.ok && won.row.title)
  })

  test('P1 H114 what was acknowledged is there after a restart', async () => {
    const waiting = await backend.submitted({ runAt: at('10:20:00') }, at('10:00:01'))
    const running = await backend.claimed(await backend.submitted({}, at('10:00:02')), 'token-A', at('10:00:03'))
    await backend.reopen()
    expect(present(await backend.tasks.read(waiting.id))).toEqual(present(waiting))
    expect(present(await backend.tasks.read(running.id))).toEqual(present(running))
    expect((await backend.received(at('10:20:01'))).map(({ task }) => task)).toEqual(
      expect.arrayContaining([waiting.id, running.id]),
    )
  })

  test('SEC-23 the token of one task’s attempt opens no other task', async () => {
    const mine = await backend.claimed(await backend.submitted(), 'token-mine', at('10:00:01'))
    const other = await backend.claimed(await backend.submitted(), 'token-other', at('10:00:02'))
    const forged = lease(other, 'token-mine', at('10:00:31'))
    const committed = await backend.tasks.commit(complete(forged, other.attempt, { text: '"x"' }, at('10:00:03')))
    expect(winnerOf(committed)).toMatchObject({ id: other.id, state: 'RUNNING', leaseToken: 'token-other' })
    expect(await backend.tasks.read(mine.id)).toMatchObject({ state: 'RUNNING', leaseToken: 'token-mine' })
  })
})

function claimBy(task: string, token: string) {
  return {
    task,
    expect: [{ field: 'wakeAt', op: 'notAfter', value: at('10:00:07') }],
    set: {
      state: 'RUNNING',
      attempt: new Add(1),
      attemptsLeft: new Add(-1),
      leaseToken: token,
      heldBy: hint({ id: task, name: 'n' }).messageId,
      wakeAt: at('10:00:39'),
    },
  } as const
}
