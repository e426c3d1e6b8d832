import type { Instant } from '../core/task.ts'
import { ALPHABET, encodeTime } from '../core/task-id.ts'

const TIME_LENGTH = 10
const UNIQUE_LENGTH = 16

/** Before the first and behind the last place there can be. */
export const FIRST_PLACE = '0'
export const LAST_PLACE = '~'

/** Where a row stands in a list: its time, and what makes it differ from the others of that time. Sorts as the time does. */
export function placeOf(time: Instant, id: string): string {
  return encodeTime(time) + id.slice(-UNIQUE_LENGTH)
}

/** The time of a place. */
export function timeOf(place: string): Instant {
  let time = 0
  for (let index = 0; index < TIME_LENGTH; index++)
    time = time * ALPHABET.length + ALPHABET.indexOf(place.charAt(index))
  return time
}
