import { describe, expect, test } from 'vitest'
import { createKnownBuckets } from '../../shared/aws/known-buckets.ts'

describe('what is known of buckets', () => {
  test('is what was seen last, and nothing when there is none any more', () => {
    const known = createKnownBuckets()
    expect(known.fullAt('a')).toBeUndefined()
    known.saw('a', 900, 100)
    known.saw('a', 700, 200)
    known.saw('b', 800, 300)
    expect([known.fullAt('a'), known.fullAt('b')]).toEqual([700, 800])
    known.saw('a', undefined, 400)
    expect([known.fullAt('a'), known.fullAt('b')]).toEqual([undefined, 800])
  })

  test('counts for a refusal for five seconds after it was seen, and not before that', () => {
    const known = createKnownBuckets()
    known.saw('a', 90_000, 10_000)
    const lately = [9_999, 10_000, 15_000, 15_001].map(now => known.lately('a', now))
    expect(lately).toEqual([undefined, 90_000, 90_000, undefined])
    expect(known.lately('b', 10_000)).toBeUndefined()
  })

  test('is kept of ten thousand, of which those seen longest ago go first', () => {
    const known = createKnownBuckets()
    for (let index = 0; index < 10_000; index++) known.saw(`key ${index}`, index, 0)
    known.saw('key 0', 77, 0)
    for (let index = 10_000; index < 10_003; index++) known.saw(`key ${index}`, index, 0)
    const kept = [0, 1, 2, 3, 4, 10_002].map(index => known.fullAt(`key ${index}`))
    expect(kept).toEqual([77, undefined, undefined, undefined, 4, 10_002])
  })
})
