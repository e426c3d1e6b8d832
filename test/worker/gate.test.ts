import { describe, expect, test } from 'vitest'
import type { Pause } from '../../shared/core/dispatch.ts'
import { createLocalGate } from '../../shared/worker/gate.ts'
import { at } from '../helpers/clock.ts'

const base = { reason: 'r', actor: 'a', since: at('10:00:00') }
const email: Pause = { ...base, selector: { kind: 'name', name: 'email' }, until: at('10:10:00') }
const four: Pause = { ...base, selector: { kind: 'priority', priority: 4 }, until: at('10:05:00') }
const all: Pause = { ...base, selector: { kind: 'all' } }
const now = at('10:01:00')

describe('the gate of this process', () => {
  test('H114 begins with what is stored', () => {
    const gate = createLocalGate([email, four])
    expect(gate.current(now)).toEqual({ all: false, priorities: [4], names: new Set(['email']) })
    expect(createLocalGate([]).current(now)).toEqual({ all: false, priorities: [], names: new Set() })
  })

  test('H65 follows the switch at once', () => {
    const gate = createLocalGate([])
    expect(gate.apply({ type: 'dispatch.paused', pause: all })).toBe(true)
    expect(gate.current(now).all).toBe(true)
    expect(gate.apply({ type: 'dispatch.resumed', selector: { kind: 'name', name: 'email' }, by: 'a' })).toBe(true)
    expect(gate.current(now).all).toBe(true)
    expect(gate.apply({ type: 'dispatch.resumed', selector: { kind: 'all' }, by: 'a' })).toBe(true)
    expect(gate.current(now).all).toBe(false)
    expect(gate.apply({ type: 'store.failed', error: 'x' })).toBe(false)
  })

  test('opens by itself when a pause has come to its end, and names that time', () => {
    const gate = createLocalGate([email, four, all])
    expect(gate.nextChangeAt(now)).toBe(at('10:05:00'))
    expect(gate.nextChangeAt(at('10:05:00'))).toBe(at('10:10:00'))
    expect(gate.nextChangeAt(at('10:10:00'))).toBe(Number.POSITIVE_INFINITY)
    expect(gate.current(at('10:05:00'))).toEqual({ all: true, priorities: [], names: new Set(['email']) })
    expect(gate.current(at('10:10:00')).names.size).toBe(0)
  })
})
