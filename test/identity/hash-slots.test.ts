import { describe, expect, test } from 'vitest'
import { createHashSlots, type HashSlotOptions } from '../../shared/identity/hash-slots.ts'
import { createManualClock, turns } from '../helpers/clock.ts'

function setUp(options: Partial<HashSlotOptions> = {}) {
  const clock = createManualClock()
  const slots = createHashSlots({ clock, ...options })
  const order: number[] = []
  const endings: ((error?: Error) => void)[] = []
  let running = 0
  let most = 0

  /** A hash that lasts until it is told to end. */
  function hash(name: number): Promise<number> {
    return slots.run(async () => {
      order.push(name)
      most = Math.max(most, ++running)
      try {
        await new Promise<void>((resolve, reject) => endings.push(error => (error ? reject(error) : resolve())))
        return name
      } finally {
        running--
      }
    })
  }
  const end = async (error?: Error) => {
    await turns()
    endings.shift()?.(error)
    await turns()
  }
  return { clock, hash, end, order, most: () => most, running: () => running }
}

const refusal = { code: 'unavailable', message: expect.stringContaining('try again') }

describe('SEC-3 a flood of logins', () => {
  test('of 200 at once, two are hashed at a time, some wait, and the rest are refused at once', async () => {
    const { hash, end, order, most, running, clock } = setUp({ queue: 30 })
    const all = Array.from({ length: 200 }, (_, name) => hash(name))
    const settled = Promise.allSettled(all)
    await turns()
    expect(running()).toBe(2)
    expect(clock.timers()).toBe(30)
    for (let left = 0; left < 200 && running() > 0; left++) await end()
    const results = await settled
    expect(most()).toBe(2)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(32)
    expect(order).toEqual(Array.from({ length: 32 }, (_, name) => name))
    for (const result of results.slice(32)) expect(result).toMatchObject({ status: 'rejected', reason: refusal })
    expect(clock.timers()).toBe(0)
  })

  test('nobody is asked for more than the defaults say: two at once, 64 waiting', async () => {
    const { hash, running, clock } = setUp()
    const all = Array.from({ length: 66 }, (_, name) => hash(name))
    void Promise.allSettled(all)
    await expect(hash(66)).rejects.toMatchObject(refusal)
    expect([running(), clock.timers()]).toEqual([2, 64])
  })

  test('who waits for too long is refused, and never hashed', async () => {
    const { hash, end, order, clock } = setUp({ slots: 1, waitMs: 700 })
    const first = hash(1)
    const second = hash(2)
    const refused = expect(second).rejects.toMatchObject(refusal)
    await clock.advance(699)
    const third = hash(3)
    await clock.advance(1)
    await refused
    await end()
    await end()
    expect(await Promise.all([first, third])).toEqual([1, 3])
    expect(order).toEqual([1, 3])
  })

  test('who comes while a slot is handed on does not get ahead, nor make one too many', async () => {
    const { hash, end, order, most } = setUp({ slots: 1 })
    const all = [hash(1), hash(2).then(() => hash(4)), hash(3)]
    for (let left = 0; left < 4; left++) await end()
    expect(await Promise.all(all)).toEqual([1, 4, 3])
    expect(order).toEqual([1, 2, 3, 4])
    expect(most()).toBe(1)
  })

  test('a hash that fails gives its slot back', async () => {
    const { hash, end, running } = setUp({ slots: 1 })
    const failed = expect(hash(1)).rejects.toThrow('out of memory')
    const second = hash(2)
    await end(new Error('out of memory'))
    await failed
    expect(running()).toBe(1)
    await end()
    expect(await second).toBe(2)
    const third = hash(3)
    await end()
    expect(await third).toBe(3)
  })
})
