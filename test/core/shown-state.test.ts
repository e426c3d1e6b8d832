import { describe, expect, test } from 'vitest'
import { parseState, type ShownState, shownState, shownStates } from '../../shared/core/shown-state.ts'
import {
  isTerminal,
  isWaiting,
  priorities,
  type TaskState,
  taskStates,
  terminalStates,
  waitingStates,
} from '../../shared/core/task.ts'
import { at, now } from '../helpers/core-fixtures.ts'

const past = at('09:12:00')
const ahead = at('10:34:00')

describe('shownState', () => {
  // state, runAt, expiresAt → shown
  test.each<[TaskState, number, number | undefined, ShownState]>([
    ['PENDING', past, undefined, 'PENDING'],
    ['PENDING', now, undefined, 'PENDING'],
    ['PENDING', now + 1, undefined, 'SCHEDULED'],
    ['PENDING', ahead, undefined, 'SCHEDULED'],
    ['PENDING', past, ahead, 'PENDING'],
    ['PENDING', past, now + 1, 'PENDING'],
    ['PENDING', past, now, 'EXPIRED'],
    ['PENDING', ahead, ahead + 1, 'SCHEDULED'],
    ['PENDING', ahead, past, 'EXPIRED'],
    ['RETRYING', past, undefined, 'RETRYING'],
    ['RETRYING', ahead, undefined, 'RETRYING'],
    ['RETRYING', ahead, now + 1, 'RETRYING'],
    ['RETRYING', ahead, now, 'EXPIRED'],
    ['RETRYING', past, past - 1, 'EXPIRED'],
    ['RUNNING', past, past + 1, 'RUNNING'],
    ['RUNNING', ahead, undefined, 'RUNNING'],
    ['COMPLETED', past, past + 1, 'COMPLETED'],
    ['DEAD', past, past + 1, 'DEAD'],
    ['CANCELED', ahead, past, 'CANCELED'],
    ['EXPIRED', ahead, past, 'EXPIRED'],
  ])('H52 %s with runAt %i and expiresAt %s is shown as %s', (state, runAt, expiresAt, shown) => {
    expect(shownState({ state, runAt, ...(expiresAt !== undefined && { expiresAt }) }, now)).toBe(shown)
  })

  test('every stored state shows itself when no time is ahead or over', () => {
    expect(taskStates.map(state => shownState({ state, runAt: past }, now))).toEqual(taskStates)
  })
})

describe('parseState', () => {
  test.each(shownStates)('reads %s in any case', state => {
    expect(parseState(state)).toBe(state)
    expect(parseState(state.toLowerCase())).toBe(state)
    expect(parseState(state.charAt(0) + state.slice(1).toLowerCase())).toBe(state)
  })

  test.each([
    ['FAILED', 'DEAD'],
    ['failed', 'DEAD'],
    ['dead_lettered', 'DEAD'],
    ['DEAD_LETTERED', 'DEAD'],
    ['Queued', 'PENDING'],
    ['processing', 'RUNNING'],
    ['cancelled', 'CANCELED'],
  ])('reads the alias %s as %s', (alias, state) => {
    expect(parseState(alias)).toBe(state)
  })

  test.each(['', ' ', 'PENDING ', 'PEND', 'dead-lettered', 'done', 'constructor', '__proto__', 'toString'])(
    '"%s" is no state',
    text => {
      expect(parseState(text)).toBeUndefined()
    },
  )
})

describe('states', () => {
  test('there are seven stored ones, and SCHEDULED beside them', () => {
    expect(taskStates).toEqual(['PENDING', 'RETRYING', 'RUNNING', 'COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'])
    expect([...shownStates].sort()).toEqual([...taskStates, 'SCHEDULED'].sort())
  })

  test('each is waiting, running or terminal, and only one of them', () => {
    expect(taskStates.filter(isWaiting)).toEqual(['PENDING', 'RETRYING'])
    expect(taskStates.filter(isTerminal)).toEqual(['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'])
    expect(waitingStates).toEqual(['PENDING', 'RETRYING'])
    expect(terminalStates).toEqual(['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'])
  })
})

test('S1-16 priorities go from 1, the most urgent, to 5', () => {
  expect(priorities).toEqual([1, 2, 3, 4, 5])
})
