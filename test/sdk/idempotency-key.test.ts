import { randomFillSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { derivedTaskId } from '../../shared/core/task-id.ts'
import { createKeySource } from '../../shared/sdk/idempotency-key.ts'
import { newIdempotencyKey } from '../../shared/sdk/index.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const random = (bytes: Uint8Array) => void randomFillSync(bytes)

test('H4 a key is a UUID of version 7 whose first 48 bits are the time', () => {
  const now = Date.parse('2030-01-31T00:00:00.123Z')
  const key = createKeySource(() => now, random)()
  expect(key).toMatch(UUID_V7)
  expect(Number.parseInt(key.replace('-', '').slice(0, 12), 16)).toBe(now)
})

test('the example of RFC 9562 §A.6', () => {
  const bits = [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]
  // The example fills rand_a with 12 random bits; ours keeps the first for counting.
  const key = createKeySource(
    () => 0x017f22e279b0,
    bytes => bytes.set(bits),
  )()
  expect(key).toBe('017f22e2-79b0-74c3-98c4-dc0c0c07398f')
})

test('keys of one millisecond, and of a clock that stands still or goes back, rise all the same', () => {
  let now = 1_900_000_000_000
  const next = createKeySource(() => now, random)
  const keys: string[] = []
  for (let n = 0; n < 20_000; n++) {
    if (n === 9_000) now -= 60_000
    if (n === 15_000) now += 120_000
    keys.push(next())
  }
  expect(keys.every(key => UUID_V7.test(key))).toBe(true)
  expect(keys.toSorted()).toEqual(keys)
  expect(new Set(keys).size).toBe(keys.length)
})

test('the platform makes them differ', () => {
  const keys = Array.from({ length: 1_000 }, newIdempotencyKey)
  expect(new Set(keys.map(key => key.slice(19))).size).toBe(1_000)
})

test('the server lends their time to the ids that it derives', () => {
  const at = (now: number) => derivedTaskId('local', createKeySource(() => now, random)())
  const [earlier, later] = [at(1_900_000_000_000), at(1_900_000_000_001)]
  expect(earlier.slice(0, 14)).toBe(later.slice(0, 14))
  expect(earlier < later).toBe(true)
})
