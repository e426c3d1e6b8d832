import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  activePauses,
  gateOf,
  openGate,
  type Pause,
  type PauseSelector,
  selectorKey,
} from '../../shared/core/dispatch.ts'
import { at, now } from '../helpers/core-fixtures.ts'

const all: Pause = { selector: { kind: 'all' }, reason: 'migration', actor: 'user_1', since: at('09:01:00') }
const urgent: Pause = {
  selector: { kind: 'priority', priority: 1 },
  reason: 'mail provider is down',
  actor: 'user_2',
  since: at('09:02:00'),
  until: at('10:02:00'),
}
const reports: Pause = {
  selector: { kind: 'name', name: 'report' },
  reason: 'wrong figures',
  actor: 'user_3',
  since: at('09:03:00'),
  until: at('10:03:00'),
}

describe('activePauses', () => {
  test('P10 a pause without an end lasts', () => {
    expect(activePauses([all], at('23:59:59'))).toEqual([all])
  })

  test('a pause ends by itself at its time, though nobody has written', () => {
    expect(activePauses([urgent, reports], at('10:02:00') - 1)).toEqual([urgent, reports])
    expect(activePauses([urgent, reports], at('10:02:00'))).toEqual([reports])
    expect(activePauses([urgent, reports], at('10:03:00'))).toEqual([])
  })
})

describe('gateOf', () => {
  test('is open when nothing is paused, or nothing any more', () => {
    expect(gateOf([], now)).toEqual({ all: false, priorities: [], names: new Set() })
    expect(gateOf([urgent, reports], at('10:30:00'))).toEqual(openGate)
  })

  test('P10 a global pause closes all of it', () => {
    expect(gateOf([all], now)).toEqual({ all: true, priorities: [], names: new Set() })
  })

  test('H32 a paused priority becomes a clause of the claim', () => {
    expect(gateOf([urgent], now)).toEqual({ all: false, priorities: [1], names: new Set() })
  })

  test('H32 a paused name is known before any claim', () => {
    expect(gateOf([reports], now)).toEqual({ all: false, priorities: [], names: new Set(['report']) })
  })

  test('pauses add up, and those that are over count no more', () => {
    const fourth: Pause = { ...urgent, selector: { kind: 'priority', priority: 4 }, until: at('11:00:00') }
    const imports: Pause = { ...reports, selector: { kind: 'name', name: 'import' } }
    const pauses = [imports, urgent, fourth, all, reports]
    expect(gateOf(pauses, now)).toEqual({ all: true, priorities: [1, 4], names: new Set(['import', 'report']) })
    expect(gateOf(pauses, at('10:02:30'))).toMatchObject({ priorities: [4], names: new Set(['import', 'report']) })
    expect(gateOf(pauses, at('10:30:00'))).toMatchObject({ all: true, priorities: [4], names: new Set() })
  })
})

describe('selectorKey', () => {
  test('names a selector', () => {
    expect(selectorKey({ kind: 'all' })).toBe('all')
    expect(selectorKey({ kind: 'priority', priority: 4 })).toBe('priority:4')
    expect(selectorKey({ kind: 'name', name: 'report' })).toBe('name:report')
  })

  test('is the same for equal selectors only, whatever a task is called', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('all', 'priority:4', 'name:all', '4'))
    const selector = fc.oneof(
      fc.constant<PauseSelector>({ kind: 'all' }),
      fc
        .constantFrom(1, 2, 3, 4, 5)
        .map((priority): PauseSelector => ({ kind: 'priority', priority }) as PauseSelector),
      names.map((name): PauseSelector => ({ kind: 'name', name })),
    )
    fc.assert(
      fc.property(selector, selector, (one, other) => {
        expect(selectorKey(one) === selectorKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })
})
