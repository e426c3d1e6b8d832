import { describe, expect, test } from 'vitest'
import { decrement, increment, isAdd, isRemove, removed } from '../../shared/core/change.ts'
import { edit } from '../../shared/core/transitions.ts'
import { now, retryingRow } from '../helpers/core-fixtures.ts'

describe('the two assignments that are no values', () => {
  test('add to what is stored', () => {
    expect(increment).toEqual({ add: 1 })
    expect(decrement).toEqual({ add: -1 })
    expect(isAdd(increment) && isAdd(decrement)).toBe(true)
    expect(isRemove(increment)).toBe(false)
  })

  test('remove what is stored', () => {
    expect(isRemove(removed)).toBe(true)
    expect(isAdd(removed)).toBe(false)
  })

  test.each([0, 'add', '', null, undefined, { percent: 12 }, [], { remove: false }])('%j is neither', value => {
    expect(isAdd(value)).toBe(false)
    expect(isRemove(value)).toBe(false)
  })

  test.each([{ add: 'one' }, { remove: 'one' }])('SEC-19 the tags %j, which anybody may choose, are a value', tags => {
    const { set } = edit({ ...retryingRow, state: 'PENDING' }, { tags }, now, 'user_9')
    expect(set.tags).toEqual(tags)
    expect(isAdd(set.tags)).toBe(false)
    expect(isRemove(set.tags)).toBe(false)
  })
})
