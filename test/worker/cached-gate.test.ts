import { describe, expect, test } from 'vitest'
import type { Pause } from '../../shared/core/dispatch.ts'
import type { DispatchStore } from '../../shared/ports/dispatch-store.ts'
import { createCachedGate } from '../../shared/worker/cached-gate.ts'
import { openSqlite } from '../helpers/backend-folder.ts'
import { at, createManualClock, turns } from '../helpers/clock.ts'
import { gateway } from '../helpers/engine.ts'

const email: Pause = { selector: { kind: 'name', name: 'email' }, reason: 'r', actor: 'a', since: at('09:00:00') }
const all: Pause = { selector: { kind: 'all' }, reason: 'q', actor: 'b', since: at('09:01:00') }

/** A gate on a store whose reads are counted, and wait for what the test says. */
function openGateOn() {
  const { dispatch } = openSqlite()
  const clock = createManualClock()
  const state = { reads: 0, slow: undefined as Promise<unknown> | undefined }
  const counted: DispatchStore = {
    ...dispatch,
    async read() {
      state.reads++
      const read = await dispatch.read()
      await state.slow
      return read
    },
  }
  return { dispatch, clock, state, gate: createCachedGate(counted, clock) }
}

describe('the gate of one worker among many', () => {
  test('H65 knows the switch as it was 2 s ago at most', async () => {
    const { dispatch, clock, state, gate } = openGateOn()
    expect(await gate()).toEqual({ all: false, priorities: [], names: new Set() })
    await dispatch.put(email)
    clock.set(at('10:00:02'))
    expect((await gate()).names.size).toBe(0)
    expect(state.reads).toBe(1)
    clock.set(at('10:00:02') + 1)
    expect(await gate()).toEqual({ all: false, priorities: [], names: new Set(['email']) })
    expect(state.reads).toBe(2)
  })

  test('H65 counts the age of what it knows from before it asked', async () => {
    const { dispatch, clock, state, gate } = openGateOn()
    const slow = gateway()
    state.slow = slow.promise
    const first = gate()
    await dispatch.put(all)
    clock.set(at('10:00:01') + 900)
    slow.open()
    expect((await first).all).toBe(false)
    clock.set(at('10:00:02') + 1)
    expect((await gate()).all).toBe(true)
  })

  test('H65 does not use an answer that took longer than it may be old', async () => {
    const { clock, state, gate } = openGateOn()
    const slow = gateway()
    state.slow = slow.promise
    const asked = [gate(), gate()]
    clock.set(at('10:00:02') + 1)
    slow.open()
    for (const each of asked) await expect(each).rejects.toMatchObject({ name: 'StoreUnavailable' })
    expect((await gate()).all).toBe(false)
  })

  test('asks once for all that want to know at the same time', async () => {
    const { state, gate } = openGateOn()
    await Promise.all([gate(), gate(), gate()])
    expect(state.reads).toBe(1)
  })

  test('H65 says so when it cannot know, rather than what it knew before; and asks again the next time', async () => {
    const { clock, state, gate, dispatch } = openGateOn()
    await gate()
    clock.set(at('10:00:03'))
    state.slow = Promise.reject(new Error('no answer'))
    await expect(gate()).rejects.toThrow('no answer')
    await dispatch.put(all)
    state.slow = undefined
    expect((await gate()).all).toBe(true)
    expect(state.reads).toBe(3)
  })

  test('opens when a pause ends by itself, without asking', async () => {
    const { dispatch, clock, state, gate } = openGateOn()
    await dispatch.put({ ...all, until: at('10:00:01') })
    expect((await gate()).all).toBe(true)
    clock.set(at('10:00:01'))
    expect((await gate()).all).toBe(false)
    expect(state.reads).toBe(1)
  })

  test('H65 a clock that is set back makes nothing younger', async () => {
    const { dispatch, clock, gate } = openGateOn()
    await gate()
    await dispatch.put(all)
    clock.set(at('09:00:00'))
    expect((await gate()).all).toBe(true)
    await turns(1)
  })
})
