import { taskStates } from '../core/task.ts'
import type { CountedRow } from '../ports/table-changes.ts'
import { attributes, decodeRow, type Item } from './row-codec.ts'

/** What counters depend on. */
const COUNTED = [attributes.name, attributes.state, attributes.runAt, attributes.finishedAt]

/** What times can be told in four digits of a year. */
const LATEST = Date.parse('9999-12-31T23:59:59Z')

/**
 * Only what is counted is decoded: a payload that cannot be read is no reason to lose count.
 * @throws TypeError for a row that cannot be counted
 */
export function decodeCounted(item: Item): CountedRow {
  const counted = COUNTED.flatMap(attribute => (item[attribute] ? [[attribute, item[attribute]]] : []))
  const { name, state, runAt, finishedAt } = decodeRow(Object.fromEntries(counted))
  if (typeof name !== 'string' || name === '') throw new TypeError('its row has no name')
  if (!taskStates.includes(state)) throw new TypeError('its row has no state that is known')
  if (!isTime(runAt)) throw new TypeError('its row has no run time')
  if (finishedAt === undefined) return { name, state, runAt }
  if (!isTime(finishedAt)) throw new TypeError('its row has no time of its end')
  return { name, state, runAt, finishedAt }
}

function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= LATEST
}
