import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldedHistory, HISTORY_LIMIT } from '../../shared/core/history.ts'
import { type HistoryEntry, taskStates } from '../../shared/core/task.ts'
import { at, retries } from '../helpers/core-fixtures.ts'

const latest: HistoryEntry = { at: at('09:59:59'), to: 'RETRYING', attempt: 99, why: 'the latest failure' }

/** How many lines were ever written, the folded ones included. */
const count = (history: readonly HistoryEntry[]) => history.reduce((sum, entry) => sum + (entry.folded ?? 1), 0)

describe('foldedHistory', () => {
  test('keeps at most 50 entries', () => {
    expect(HISTORY_LIMIT).toBe(50)
  })

  test('leaves a history alone while there is room for six lines that are appended without having read it', () => {
    expect(foldedHistory([], latest)).toBeUndefined()
    expect(foldedHistory(retries(42), latest)).toBeUndefined() // 43 lines and this one
    expect(foldedHistory(retries(43), latest)).toBeDefined()
  })

  test('folds the oldest retries into one line that says how many they were', () => {
    const known = retries(43)
    const folded = foldedHistory(known, latest)
    // The 45 lines: the submit, 20 that are folded, and the latest 24.
    const line = { at: known[20]?.at, to: 'RETRYING', why: '20 earlier entries', folded: 20 }
    expect(folded).toStrictEqual([known[0], line, ...known.slice(21), latest])
    expect(folded).toHaveLength(26)
  })

  test('folds a folded line again and keeps its count', () => {
    const once = foldedHistory(retries(43), latest) ?? []
    const more = retries(19).slice(1)
    const twice = foldedHistory([...once, ...more], { ...latest, attempt: 100 })
    expect(twice).toHaveLength(26)
    expect(twice?.[1]).toMatchObject({ folded: 40, why: '40 earlier entries' })
  })

  test('folds a folded line again even when an outcome was the last that it stands for', () => {
    const before: HistoryEntry = { at: at('08:01:03'), to: 'DEAD', why: '31 earlier entries', folded: 31 }
    const [submitted, ...rest] = retries(45)
    const folded = foldedHistory([...(submitted ? [submitted] : []), before, ...rest], latest)
    expect(folded?.filter(line => line.folded !== undefined)).toEqual([
      { at: rest[21]?.at, to: 'RETRYING', why: '53 earlier entries', folded: 53 },
    ])
  })

  test('does not change the history it was given', () => {
    const known = retries(43)
    foldedHistory(known, latest)
    expect(known).toStrictEqual(retries(43))
  })

  test('H50 keeps the outcome of an earlier run and what people did, for only retries are folded', () => {
    const end: HistoryEntry = { at: at('08:02:00'), to: 'DEAD', attempt: 5, why: 'Error: no' }
    const again: HistoryEntry = { at: at('08:03:00'), to: 'PENDING', by: 'user_9', why: 'requeued' }
    const [submitted, ...rest] = retries(44)
    const known = [...(submitted ? [submitted] : []), end, again, ...rest]
    const folded = foldedHistory(known, latest)
    expect(folded).toContainEqual(end)
    expect(folded).toContainEqual(again)
  })

  test('H50 of very many outcomes and changes by people it keeps the latest, and counts the rest', () => {
    const again = (index: number): HistoryEntry => ({ at: at('08:03:00') + index, to: 'PENDING', by: 'user_9' })
    const known = [...retries(0), ...Array.from({ length: 50 }, (_, index) => again(index))]
    const folded = foldedHistory(known, latest)
    // 52 lines: the submit, 9 that are folded, 18 old and 23 new changes, and the latest failure.
    const line = { at: again(8).at, to: 'PENDING', why: '9 earlier entries', folded: 9 }
    expect(folded).toStrictEqual([known[0], line, ...known.slice(10), latest])
    expect(folded).toHaveLength(44)
  })

  test('H50 the line that stands for retries stands where the last of them stood', () => {
    const end: HistoryEntry = { at: at('08:01:02') + 10_500, to: 'CANCELED', attempt: 10 }
    const [...known] = retries(46)
    known.splice(11, 0, end)
    const folded = foldedHistory(known, latest)
    expect(folded?.slice(0, 3)).toStrictEqual([
      known[0],
      end,
      { at: known[24]?.at, to: 'RETRYING', why: '23 earlier entries', folded: 23 },
    ])
    expect(folded).toHaveLength(27)
  })
})

describe('for any history', () => {
  const entry: fc.Arbitrary<HistoryEntry> = fc
    .record({ to: fc.constantFrom(...taskStates), attempt: fc.nat(50), folded: fc.integer({ min: 1, max: 900 }) })
    .chain(all => fc.subarray(['attempt', 'folded'] as const).map(kept => pick(all, kept)))
  const history = fc.array(entry, { minLength: 0, maxLength: 160 }).map(inOrder)

  test('nothing is lost from the count', () => {
    fc.assert(
      fc.property(history, known => {
        const folded = foldedHistory(known, latest)
        if (folded) expect(count(folded)).toBe(count(known) + 1)
      }),
    )
  })

  test('it becomes short, however long it was', () => {
    fc.assert(
      fc.property(history, known => {
        const after = foldedHistory(known, latest) ?? [...known, latest]
        expect(after.length).toBeLessThanOrEqual(HISTORY_LIMIT - 6)
      }),
    )
  })

  test('the first line, the latest 24 and the order of times stay', () => {
    fc.assert(
      fc.property(history, known => {
        const folded = foldedHistory(known, latest)
        if (!folded) return
        expect(folded[0]).toBe(known[0])
        expect(folded.slice(-24)).toStrictEqual([...known, latest].slice(-24))
        expect(folded.map(line => line.at)).toStrictEqual(folded.map(line => line.at).sort((a, b) => a - b))
      }),
    )
  })

  function pick(
    all: { to: HistoryEntry['to']; attempt: number; folded: number },
    kept: readonly ('attempt' | 'folded')[],
  ): HistoryEntry {
    return {
      at: 0,
      to: all.to,
      ...(kept.includes('attempt') && { attempt: all.attempt }),
      ...(kept.includes('folded') && { folded: all.folded }),
    }
  }
  function inOrder(entries: HistoryEntry[]): HistoryEntry[] {
    return entries.map((each, index) => ({ ...each, at: at('08:01:02') + index * 1_000 }))
  }
})
