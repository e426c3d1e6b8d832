import { describe, expect, test } from 'vitest'
import { type Action, allowedActions, lifecycle, type TransitionName } from '../../shared/core/lifecycle.ts'
import { type ShownState, shownStates } from '../../shared/core/shown-state.ts'
import { submit } from '../../shared/core/transitions.ts'
import { allCells, dimensions, isPossible, readRow, storedRow, type Transition } from '../helpers/core-cells.ts'
import { now, retryingRow } from '../helpers/core-fixtures.ts'
import { expected } from '../helpers/core-oracle.ts'

describe('allowedActions', () => {
  test.each<[ShownState, Action[]]>([
    ['PENDING', ['cancel', 'edit']],
    ['SCHEDULED', ['cancel', 'edit']],
    ['RETRYING', ['cancel']],
    ['RUNNING', ['cancel']],
    ['COMPLETED', ['requeue']],
    ['DEAD', ['requeue']],
    ['CANCELED', ['requeue']],
    ['EXPIRED', ['requeue']],
  ])('of a task shown as %s are %j', (state, actions) => {
    expect(allowedActions(state)).toEqual(actions)
  })

  test('is never empty: something can be done about every task', () => {
    for (const state of shownStates) expect(allowedActions(state)).not.toEqual([])
  })
})

describe('lifecycle', () => {
  /** Which states each transition leaves and reaches, by the oracle, over every row that can exist. */
  const byOracle = new Map<Transition, { from: Set<string>; to: Set<string> }>()
  for (const cell of allCells()) {
    const [read, row] = [readRow(cell), storedRow(cell)]
    if (!isPossible(read) || !isPossible(row)) continue
    const result = expected(cell)
    if (typeof result === 'string') continue
    const { from, to } = byOracle.get(cell.transition) ?? { from: new Set(), to: new Set() }
    byOracle.set(cell.transition, { from: from.add(row.state), to: to.add(result.row.state) })
  }
  const sorted = (states: Iterable<string>) => [...states].sort()

  test('knows the transitions that the table covers', () => {
    expect(sorted(Object.keys(lifecycle))).toEqual(sorted(dimensions.transition))
  })

  const fromRows = dimensions.transition.filter(name => name !== 'submit')
  test.each<TransitionName>(fromRows)('%s leaves and reaches the states that the oracle says', transition => {
    const states = byOracle.get(transition)
    expect(sorted(lifecycle[transition].from)).toEqual(sorted(states?.from ?? []))
    expect(sorted(lifecycle[transition].to)).toEqual(sorted(states?.to ?? []))
  })

  test('submit starts from nothing', () => {
    expect(lifecycle.submit.from).toEqual([])
    expect(lifecycle.submit.to).toEqual([submit(retryingRow, now).row.state])
  })
})
