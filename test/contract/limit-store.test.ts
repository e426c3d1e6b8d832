import { expect, test } from 'vitest'
import type { LimitRule, Taken } from '../../shared/core/rate-limit.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

/** One unit comes back each second. */
const rule: LimitRule = { limit: 10, windowMs: 10_000 }
const SECOND_MS = 1_000
const start = at('10:00:00')

describeBackends('limits', backend => {
  const take = (key: string, cost = 1, now = start, by = rule) => backend.limits.take(key, by, cost, now)
  const giveBack = (key: string, cost = 1, now = start) => backend.limits.giveBack(key, rule, cost, now)
  const allowed = (all: readonly Taken[]) => all.filter(each => each.allowed).length

  test('a bucket that nobody has used is full, and tells what is left of it', async () => {
    expect(await take('a')).toEqual({ allowed: true, remaining: 9, resetMs: 1_000, retryAfterMs: 0 })
    expect(await take('a', 3)).toEqual({ allowed: true, remaining: 6, resetMs: 4_000, retryAfterMs: 0 })
    expect(await take('a', 6)).toEqual({ allowed: true, remaining: 0, resetMs: 10_000, retryAfterMs: 0 })
    expect(await take('a')).toEqual({ allowed: false, remaining: 0, resetMs: 10_000, retryAfterMs: 1_000 })
    expect(await take('a', 4)).toEqual({ allowed: false, remaining: 0, resetMs: 10_000, retryAfterMs: 4_000 })
  })

  test('H10 SEC-24 of a hundred takes at once exactly as many are admitted as the limit says', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => take('a')))
    expect(allowed(all)).toBe(10)
    const left = all.filter(each => each.allowed).map(({ remaining }) => remaining)
    expect(left.toSorted((a, b) => b - a)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect((await take('a')).allowed).toBe(false)
  })

  test('SEC-24 at the edge, too: of a hundred takes at once as many as have come back since', async () => {
    await take('a', 10)
    const all = await Promise.all(Array.from({ length: 100 }, () => take('a', 1, start + 3 * SECOND_MS + 999)))
    expect(allowed(all)).toBe(3)
  })

  test('SEC-24 with costs that differ never more is admitted than there is', async () => {
    const costs = Array.from({ length: 40 }, (_, index) => 1 + (index % 4))
    const all = await Promise.all(costs.map(cost => take('a', cost)))
    const admitted = costs.filter((_, index) => all[index]?.allowed)
    expect(admitted.reduce((sum, cost) => sum + cost, 0)).toBe(10)
  })

  test('SEC-24 a restart does not fill a bucket', async () => {
    await take('a', 9)
    await backend.reopen()
    expect(allowed([await take('a'), await take('a')])).toBe(1)
    await backend.reopen()
    expect(await take('a')).toMatchObject({ allowed: false, retryAfterMs: 1_000 })
  })

  test('one unit comes back with each interval, to the millisecond', async () => {
    await take('a', 10)
    expect(await take('a', 1, start + 999)).toEqual({ allowed: false, remaining: 0, resetMs: 9_001, retryAfterMs: 1 })
    expect(await take('a', 1, start + 1_000)).toEqual({ allowed: true, remaining: 0, resetMs: 10_000, retryAfterMs: 0 })
    expect(await take('a', 1, start + 1_999)).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(await take('a', 2, start + 3_000)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await take('a', 1, start + 7_500)).toMatchObject({ allowed: true, remaining: 3 })
  })

  test('a bucket is full again after the window, and no fuller', async () => {
    await take('a', 10)
    const later = start + rule.windowMs
    expect(await take('a', 1, later)).toMatchObject({ allowed: true, remaining: 9 })
    expect(await take('a', 1, later + 3_600_000)).toMatchObject({ allowed: true, remaining: 9 })
    expect(await take('a', 10, later + 3_600_000)).toMatchObject({ allowed: false, retryAfterMs: 1_000 })
  })

  test('a cost above the limit is never admitted, and leaves the bucket as it is', async () => {
    expect((await take('a', 11)).allowed).toBe(false)
    expect(await take('a', 10)).toMatchObject({ allowed: true, remaining: 0 })
    expect((await take('a', 11, start + rule.windowMs)).allowed).toBe(false)
    expect(await take('a', 10, start + rule.windowMs)).toMatchObject({ allowed: true, remaining: 0 })
  })

  test('what is refused changes nothing, however often it is asked for', async () => {
    await take('a', 8)
    for (let index = 0; index < 20; index++) expect(await take('a', 3, start + index)).toMatchObject({ allowed: false })
    expect(await take('a', 2, start + 20)).toEqual({ allowed: true, remaining: 0, resetMs: 9_980, retryAfterMs: 0 })
    for (let index = 21; index < 1_000; index += 100) expect((await take('a', 1, start + index)).allowed).toBe(false)
    expect((await take('a', 1, start + 1_000)).allowed).toBe(true)
  })

  test('what is given back can be taken again', async () => {
    await take('a', 10)
    expect((await take('a')).allowed).toBe(false)
    await giveBack('a', 2)
    expect(await take('a')).toMatchObject({ allowed: true, remaining: 1 })
    expect(await take('a')).toMatchObject({ allowed: true, remaining: 0 })
    expect((await take('a')).allowed).toBe(false)
  })

  test('SEC-24 what is given back makes no bucket fuller than full', async () => {
    await giveBack('a', 5)
    expect(await take('a')).toMatchObject({ allowed: true, remaining: 9 })
    await giveBack('a', 9)
    expect(await take('a', 1, start + 1)).toMatchObject({ allowed: true, remaining: 9 })
    await giveBack('a', 5, start + 60_000)
    expect(await take('a', 11, start + 60_000)).toMatchObject({ allowed: false })
    expect(await take('a', 10, start + 60_000)).toMatchObject({ allowed: true, remaining: 0 })
  })

  test('SEC-24 what is given back to a full bucket changes nothing, not even for a clock that was set back', async () => {
    await take('a')
    await giveBack('a', 5, start + SECOND_MS)
    expect(await take('a', 10)).toMatchObject({ allowed: false, retryAfterMs: 1_000 })
  })

  test('SEC-24 takes and returns at once come to what they come to', async () => {
    await take('a', 6)
    await Promise.all([take('a'), giveBack('a'), take('a'), take('a'), giveBack('a')])
    // Some may be lost in the crowd, which is stricter; none is given back twice.
    const { allowed, remaining } = await take('a')
    expect(allowed).toBe(true)
    expect(remaining).toBeGreaterThanOrEqual(0)
    expect(remaining).toBeLessThanOrEqual(2)
  })

  test('SEC-21 no two keys share a bucket, whatever stands in them', async () => {
    const keys = [
      'a',
      'b',
      'a#b',
      'a:b',
      'a%b',
      "a'b",
      'a"b',
      'A',
      'ä',
      '🐙',
      'a ',
      ' a',
      '__proto__',
      'constructor',
      'bucket',
    ]
    for (const key of keys) expect(await take(key, 10), key).toMatchObject({ allowed: true, remaining: 0 })
    for (const key of keys) expect(await take(key), key).toMatchObject({ allowed: false })
    await giveBack('a', 4)
    expect(await take('a', 4)).toMatchObject({ allowed: true, remaining: 0 })
    for (const key of keys) expect(await take(key), key).toMatchObject({ allowed: false })
  })

  test('SEC-21 a bucket is no record', async () => {
    await take('a')
    for (const partition of ['a', 'limit', 'limit_', 'bucket', 'users']) {
      expect((await backend.records.list({ partition, limit: 9 })).records).toEqual([])
    }
  })

  test('a clock that was set back fills no bucket, and one that is right again finds it as it was', async () => {
    await take('a', 10)
    expect(await take('a', 1, start - 60_000)).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 61_000 })
    expect(await take('a', 1, start + 999)).toMatchObject({ allowed: false })
    expect(await take('a', 1, start + 1_000)).toMatchObject({ allowed: true, remaining: 0 })
  })

  test('a clock that was set back goes on with what is left', async () => {
    await take('a', 2)
    expect(await take('a', 1, start - 3_000)).toEqual({ allowed: true, remaining: 4, resetMs: 6_000, retryAfterMs: 0 })
  })

  test('rules of any size keep whole milliseconds', async () => {
    const fine: LimitRule = { limit: 1_000, windowMs: 1_000 }
    const slow: LimitRule = { limit: 1, windowMs: 86_400_000 }
    const uneven: LimitRule = { limit: 7, windowMs: 60_000 }
    expect(await take('fine', 1_000, start, fine)).toMatchObject({ allowed: true, remaining: 0, resetMs: 1_000 })
    expect(await take('fine', 1, start + 1, fine)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await take('slow', 1, start, slow)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await take('slow', 1, start + 1, slow)).toMatchObject({ allowed: false, retryAfterMs: 86_399_999 })
    const all = await Promise.all(Array.from({ length: 9 }, () => take('uneven', 1, start, uneven)))
    expect(allowed(all)).toBe(7)
    expect(await take('uneven', 1, start, uneven)).toMatchObject({ allowed: false, retryAfterMs: 8_572 })
  })
})
