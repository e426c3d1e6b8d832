import { describe, expect, test } from 'vitest'
import type { Change } from '../../shared/core/change.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import {
  bury,
  cancel,
  claim,
  complete,
  type Edit,
  edit,
  expire,
  fail,
  requestCancel,
  requeue,
} from '../../shared/core/transitions.ts'
import { apply } from '../helpers/core-apply.ts'
import { changed } from '../helpers/core-cells.ts'
import { at, error, hint, lease, now, retries, retryingRow, runningRow } from '../helpers/core-fixtures.ts'

const by = 'user_9'
const pendingRow: TaskRow = { ...retryingRow, state: 'PENDING', runAt: at('10:12:31'), wakeAt: at('10:12:31') }
const deadRow = changed(runningRow, {
  state: 'DEAD',
  attemptsLeft: 0,
  finishedAt: at('09:59:51'),
  expiresAt: at('09:59:52'),
  payload: '{"to":"a@example.com"}',
  wakeAt: undefined,
  leaseToken: undefined,
  heldBy: undefined,
})

describe('cancel', () => {
  test('H61 ends a waiting task at once and says who did', () => {
    const row = apply(cancel(retryingRow, now, by, 'sent by post'), retryingRow)
    expect(row).toMatchObject({ state: 'CANCELED', finishedAt: now })
    expect(row?.history.at(-1)).toStrictEqual({ at: now, to: 'CANCELED', by, why: 'sent by post' })
  })

  test('needs no reason', () => {
    const row = apply(cancel(retryingRow, now, by), retryingRow)
    expect(row?.history.at(-1)).toStrictEqual({ at: now, to: 'CANCELED', by })
  })

  test('H58 against a claim: whichever is written first makes the other fail', () => {
    const start = claim(hint, { ...lease, token: 'token-fresh' }, now)
    const end = cancel(retryingRow, now, by)
    expect(apply(end, apply(start, retryingRow))).toBeUndefined()
    expect(apply(start, apply(end, retryingRow))).toBeUndefined()
  })
})

describe('requestCancel', () => {
  test('P11 takes all attempts of a running task and leaves it with its holder', () => {
    const row = apply(requestCancel(runningRow, now, by), runningRow)
    const line = { at: now, to: 'RUNNING', by, why: 'cancel requested' }
    expect(row).toStrictEqual({
      ...runningRow,
      cancelRequestedAt: now,
      attemptsLeft: 0,
      version: runningRow.version + 1,
      history: [...runningRow.history, line],
    })
  })

  test('keeps a reason that was given', () => {
    const row = apply(requestCancel(runningRow, now, by, 'sent by post'), runningRow)
    expect(row?.history.at(-1)?.why).toBe('sent by post')
  })

  test('H60 a dead holder leaves a row that nobody can start', () => {
    const row = apply(requestCancel(runningRow, now, by), runningRow)
    expect(apply(claim(hint, { ...lease, token: 'token-fresh' }, at('10:07:00')), row)).toBeUndefined()
  })

  test('H59 against complete: the first to end the task wins', () => {
    const completed = apply(complete(lease, 7, {}, now), runningRow)
    expect(apply(requestCancel(runningRow, now, by), completed)).toBeUndefined()
  })

  test('is not stopped by a heartbeat in between, which changes no version', () => {
    expect(apply(requestCancel(runningRow, now, by), { ...runningRow, wakeAt: at('10:00:44') })).toBeDefined()
  })
})

describe('edit', () => {
  const edited = (changes: Edit, row = pendingRow) => apply(edit(row, changes, now, by), row)

  test.each<[Edit, Partial<TaskRow>]>([
    [{ title: 'Hello' }, { title: 'Hello' }],
    [{ title: '' }, { title: '' }],
    [{ description: 'A mail' }, { description: 'A mail' }],
    [{ tags: { customer: 'c-78' } }, { tags: { customer: 'c-78' } }],
    [{ priority: 5 }, { priority: 5 }],
    [{ payload: { text: '[1]' } }, { payload: '[1]' }],
    [{ payload: { at: 'blob_9' } }, { payloadAt: 'blob_9' }],
    [{ runAt: at('11:01:07') }, { runAt: at('11:01:07'), wakeAt: at('11:01:07') }],
  ])('%j changes that alone', (changes, after) => {
    const row = edited(changes)
    expect(row).toStrictEqual({ ...pendingRow, ...after, version: pendingRow.version + 1, history: row?.history })
  })

  test('null removes a text or the tags', () => {
    const row = edited(
      { title: null, description: null, tags: null },
      { ...pendingRow, title: 'T', description: 'D', tags: { a: 'b' } },
    )
    for (const field of ['title', 'description', 'tags']) expect(row).not.toHaveProperty(field)
  })

  test('a payload takes the place of the old one, wherever either lies', () => {
    const large = { ...pendingRow, payloadAt: 'blob_3' }
    expect(edited({ payload: { text: '[1]' } }, large)).not.toHaveProperty('payloadAt')
    const small = { ...pendingRow, payload: '[0]' }
    expect(edited({ payload: { at: 'blob_9' } }, small)).not.toHaveProperty('payload')
  })

  test('its line says who changed what', () => {
    const row = edited({ title: 'Hello', tags: null, priority: 5, payload: { text: '[1]' } })
    expect(row?.history.at(-1)).toStrictEqual({
      at: now,
      to: 'PENDING',
      by,
      why: 'edited title, tags, priority, payload',
    })
  })

  test('does not mention what was left undefined', () => {
    // An object from outside may carry undefined in spite of the types.
    const loose = { title: undefined, description: 'A mail' } as unknown as Edit
    const row = edited(loose, { ...pendingRow, title: 'T' })
    expect(row).toMatchObject({ title: 'T', description: 'A mail' })
    expect(row?.history.at(-1)?.why).toBe('edited description')
  })

  test('P5 a new run time sends a backstop before the write and a hint after it', () => {
    const change = edit(pendingRow, { runAt: at('11:01:07') }, now, by)
    expect(change).toMatchObject({ hintAt: at('11:01:07'), backstopAt: at('10:01:00') })
  })

  test('P5 a new priority does so for the run time that stays', () => {
    const change = edit(pendingRow, { priority: 1 }, now, by)
    expect(change).toMatchObject({ hintAt: at('10:12:31'), backstopAt: at('10:01:00') })
  })

  test('nothing else needs a hint', () => {
    const change = edit(pendingRow, { title: 'Hello', payload: { text: '[1]' } }, now, by)
    expect(change).not.toHaveProperty('hintAt')
    expect(change).not.toHaveProperty('backstopAt')
  })

  test('of two edits of one version the second is refused', () => {
    const first = edited({ title: 'one' })
    expect(apply(edit(pendingRow, { title: 'two' }, now, by), first)).toBeUndefined()
  })
})

describe('requeue', () => {
  test('H50 starts the next run with a fresh budget and keeps the history', () => {
    const row = apply(requeue(deadRow, now, by), deadRow)
    expect(row).toMatchObject({ state: 'PENDING', run: 5, attempt: 0, attemptsLeft: 9, runAt: now, wakeAt: now })
    const line = { at: now, to: 'PENDING', by, why: 'requeued' }
    expect(row?.history).toStrictEqual([...deadRow.history, line])
  })

  test('forgets the old outcome and the old expiry, which would end it at once', () => {
    const spent = { ...deadRow, result: '1', resultAt: 'blob_4', progress: { percent: 9 }, cancelRequestedAt: now - 5 }
    const row = apply(requeue(spent, now, by), spent)
    const gone = [
      ...['result', 'resultAt', 'lastError', 'progress', 'startedAt', 'finishedAt', 'expiresAt', 'cancelRequestedAt'],
    ]
    for (const field of gone) expect(row).not.toHaveProperty(field)
  })

  test('keeps the payload unless it is given another', () => {
    expect(apply(requeue(deadRow, now, by), deadRow)?.payload).toBe('{"to":"a@example.com"}')
    expect(apply(requeue(deadRow, now, by, { text: '[2]' }), deadRow)?.payload).toBe('[2]')
    const large = apply(requeue(deadRow, now, by, { at: 'blob_2' }), deadRow)
    expect(large?.payloadAt).toBe('blob_2')
    expect(large).not.toHaveProperty('payload')
  })

  test('P5 sends a backstop before the write and a hint after it', () => {
    expect(requeue(deadRow, now, by)).toMatchObject({ hintAt: now, backstopAt: at('10:01:00') })
  })

  test('H62 twice: the second is refused', () => {
    const once = apply(requeue(deadRow, now, by), deadRow)
    expect(apply(requeue(deadRow, now, by), once)).toBeUndefined()
  })

  test('H62 H101 by a clock that is behind: a claim of the old run that comes again finds it not yet due', () => {
    const ended = changed(deadRow, { finishedAt: now + 1_500 })
    const again = apply(requeue(ended, now, by), ended)
    expect(again).toMatchObject({ runAt: now + 1_501, wakeAt: now + 1_501 })
    expect(requeue(ended, now, by)).toMatchObject({ hintAt: now + 1_501, backstopAt: now + 61_501 })
    // Sent before that end, by the same clock.
    for (const claimedAt of [now + 1_000, now + 1_500])
      expect(apply(claim(hint, lease, claimedAt), again)).toBeUndefined()
    expect(apply(claim(hint, lease, now + 1_501), again)?.run).toBe(5)
  })

  test('H62 a zombie of the old run is refused by its token', () => {
    const again = apply(requeue(deadRow, now, by), deadRow)
    const running = apply(claim(hint, { ...lease, token: 'token-fresh' }, now), again)
    expect(running?.run).toBe(5)
    expect(apply(complete(lease, 7, {}, now), running)).toBeUndefined()
    expect(apply(fail(lease, runningRow, error, 71_000, now), running)).toBeUndefined()
  })
})

test('H63 no update makes a row of a task that is gone', () => {
  const updates: Change[] = [
    cancel(retryingRow, now, by),
    requestCancel(runningRow, now, by),
    edit(pendingRow, { title: 'Hello' }, now, by),
    requeue(deadRow, now, by),
    expire(retryingRow, now),
    bury(runningRow, now),
  ]
  for (const update of updates) expect(apply(update, undefined)).toBeUndefined()
})

describe('a long history', () => {
  test.each([
    ['cancel', cancel({ ...retryingRow, history: retries(43) }, now, by)],
    ['requestCancel', requestCancel({ ...runningRow, history: retries(43) }, now, by)],
    ['edit', edit({ ...pendingRow, history: retries(43) }, { title: 'Hello' }, now, by)],
    ['requeue', requeue({ ...deadRow, history: retries(43) }, now, by)],
    ['expire', expire({ ...retryingRow, history: retries(43) }, now)],
    ['bury', bury({ ...runningRow, history: retries(43) }, now)],
  ] as const)('is folded by %s, whose own line stays the last', (_name, change) => {
    expect(change.history?.length).toBeLessThan(44)
    expect(change.history?.at(-1)).toStrictEqual(change.entry)
  })

  test('is only appended to while there is room', () => {
    expect(cancel(retryingRow, now, by)).not.toHaveProperty('history')
  })
})
