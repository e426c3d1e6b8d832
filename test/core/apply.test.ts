import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applied, holds } from '../../shared/core/apply.ts'
import { type Condition, decrement, increment, removed, type Update } from '../../shared/core/change.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { edit } from '../../shared/core/transitions.ts'
import { apply } from '../helpers/core-apply.ts'
import { changed } from '../helpers/core-cells.ts'
import { at, now, retryingRow, runningRow } from '../helpers/core-fixtures.ts'

const update: Update = { task: 'task_7', expect: [], set: {} }
/** Absent or undefined: a backend writes neither. */
const asStored = (row: TaskRow | undefined) => row && changed(row, row)

describe('holds', () => {
  // Of a task that wakes at 10:00:12, is held by my token, and never expires.
  test.each<[Condition, boolean]>([
    [{ field: 'leaseToken', op: 'is', value: 'token-mine' }, true],
    [{ field: 'leaseToken', op: 'is', value: 'token-other' }, false],
    [{ field: 'expiresAt', op: 'is', value: 0 }, false],
    [{ field: 'priority', op: 'isNot', value: 3 }, true],
    [{ field: 'priority', op: 'isNot', value: 2 }, false],
    [{ field: 'expiresAt', op: 'isNot', value: 3 }, false],
    [{ field: 'wakeAt', op: 'notAfter', value: at('10:00:13') }, true],
    [{ field: 'wakeAt', op: 'notAfter', value: at('10:00:12') }, true],
    [{ field: 'wakeAt', op: 'notAfter', value: at('10:00:11') }, false],
    [{ field: 'expiresAt', op: 'notAfter', value: now }, false],
    [{ field: 'wakeAt', op: 'after', value: at('10:00:13') }, false],
    [{ field: 'wakeAt', op: 'after', value: at('10:00:12') }, false],
    [{ field: 'wakeAt', op: 'after', value: at('10:00:11') }, true],
    [{ field: 'expiresAt', op: 'after', value: 0 }, false],
    [{ field: 'attemptsLeft', op: 'above', value: 1 }, true],
    [{ field: 'attemptsLeft', op: 'above', value: 2 }, false],
    [{ field: 'expiresAt', op: 'above', value: 0 }, false],
    [{ field: 'schemaVersion', op: 'atMost', value: 1 }, true],
    [{ field: 'schemaVersion', op: 'atMost', value: 0 }, false],
    [{ field: 'expiresAt', op: 'atMost', value: now }, false],
    [{ field: 'cancelRequestedAt', op: 'absent', value: 0 }, true],
    [{ field: 'wakeAt', op: 'absent', value: 0 }, false],
    [{ field: 'expiresAt', op: 'absentOrAfter', value: now }, true],
    [{ field: 'wakeAt', op: 'absentOrAfter', value: at('10:00:11') }, true],
    [{ field: 'wakeAt', op: 'absentOrAfter', value: at('10:00:12') }, false],
  ])('%j: %s', (condition, holding) => {
    expect(holds(runningRow, [condition])).toBe(holding)
    const written = apply({ ...update, expect: [condition] }, runningRow)
    expect(written !== undefined, 'the interpreter of the other tests agrees').toBe(holding)
  })

  test('wants every clause', () => {
    const yes: Condition = { field: 'priority', op: 'is', value: 2 }
    const no: Condition = { field: 'priority', op: 'is', value: 4 }
    expect(holds(runningRow, [])).toBe(true)
    expect(holds(runningRow, [yes, yes])).toBe(true)
    expect(holds(runningRow, [yes, no])).toBe(false)
    expect(holds(runningRow, [no, yes])).toBe(false)
  })
})

describe('applied', () => {
  test('sets, adds and removes, and leaves the rest alone', () => {
    const set = { state: 'DEAD', attempt: increment, attemptsLeft: decrement, lastError: removed } as const
    const { lastError, ...rest } = retryingRow
    expect(lastError).toBeDefined()
    expect(asStored(applied(retryingRow, { ...update, set }))).toStrictEqual({
      ...rest,
      state: 'DEAD',
      attempt: 7,
      attemptsLeft: 2,
    })
  })

  test('appends the line, unless a whole history takes its place', () => {
    const entry = { at: now, to: 'PENDING', why: 'the line' } as const
    expect(applied(retryingRow, { ...update, entry }).history).toStrictEqual([...retryingRow.history, entry])
    expect(applied(retryingRow, { ...update, entry, history: [entry] }).history).toStrictEqual([entry])
    expect(applied(retryingRow, update).history).toStrictEqual(retryingRow.history)
  })

  test('does not touch the row that it was given', () => {
    const before = structuredClone(retryingRow)
    applied(retryingRow, { ...update, set: { attempt: increment, lastError: removed }, entry: { at: now, to: 'DEAD' } })
    expect(retryingRow).toStrictEqual(before)
  })

  test('SEC-19 keeps any tags that a person may choose', () => {
    const pending: TaskRow = { ...retryingRow, state: 'PENDING' }
    const word = fc.oneof(fc.string(), fc.constantFrom('add', 'remove', '__proto__', 'constructor'))
    fc.assert(
      fc.property(fc.dictionary(word, fc.string()), tags => {
        expect(applied(pending, edit(pending, { tags }, now, 'user_9')).tags).toEqual(tags)
      }),
    )
  })
})
