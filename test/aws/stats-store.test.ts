import { describe, expect, test } from 'vitest'
import { at } from '../helpers/clock.ts'
import { change, counted, openCounting } from './counting.ts'

describe('stats', () => {
  test('P15 counts are the sums of what all shards say, however low one of them is', async () => {
    const { counters, stats, items } = await openCounting()
    const [pending, running] = [counted('PENDING'), counted('RUNNING')]
    // A row that was made in one shard goes on in others.
    await counters.apply('shard-1', [change(1, undefined, pending), change(2, undefined, pending)])
    await counters.apply('shard-2', [change(1, pending, running)])
    await counters.apply('shard-3', [change(1, running, undefined)])
    const shares = [...(await items()).keys()].filter(key => key.startsWith('counts#'))
    expect(shares.length).toBeGreaterThan(1)
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 1 }])
  })

  test('a name may look like anything that a name may look like', async () => {
    const { counters, stats } = await openCounting()
    const names = ['f', 'r', 'ttl', 'PENDING', 'w:s.-_', '0']
    const waiting = names.map((name, index) => change(index + 1, undefined, counted('PENDING', { name })))
    await counters.apply('shard-1', waiting)
    expect((await stats.counts()).map(({ name }) => name).sort()).toEqual(names.toSorted())
  })

  test('ends are told from the minute that holds the time asked for', async () => {
    const { counters, stats } = await openCounting()
    const ends = [at('10:01:59') + 999, at('10:02:00'), at('10:02:59'), at('10:03:00')].map((finishedAt, index) =>
      change(index + 1, counted('RUNNING'), counted(index === 1 ? 'DEAD' : 'COMPLETED', { finishedAt })),
    )
    await counters.apply('shard-1', ends)
    const told = async (since: number) =>
      (await stats.ends(since)).map(({ minute, state, count }) => [minute, state, count]).sort()
    expect(await told(at('10:02:30'))).toEqual([
      [at('10:02:00'), 'COMPLETED', 1],
      [at('10:02:00'), 'DEAD', 1],
      [at('10:03:00'), 'COMPLETED', 1],
    ])
    expect(await told(at('10:04:00'))).toEqual([])
  })

  test('the oldest waiting task is known by its name and the second in which it was due', async () => {
    const { counters, stats } = await openCounting()
    const waiting = [at('10:00:09') + 500, at('10:00:09') + 700, at('10:07:03'), at('10:07:01')].map((runAt, index) =>
      counted('RETRYING', { runAt, name: index === 3 ? 'resize-image' : 'send-email' }),
    )
    const [first, second, third, fourth] = waiting
    await counters.apply(
      'shard-1',
      waiting.map((row, index) => change(index + 1, undefined, row)),
    )
    const oldest = () => stats.oldestWaiting(at('10:07:02'))
    expect(await oldest()).toEqual({ name: 'send-email', runAt: at('10:00:09') })
    await counters.apply('shard-1', [change(11, first, counted('RUNNING')), change(12, second, undefined)])
    expect((await oldest())?.runAt).toBe(at('10:07:01'))
    await counters.apply('shard-1', [change(13, fourth, counted('RUNNING'))])
    expect(await oldest()).toBeUndefined()
    expect(await stats.oldestWaiting(at('10:07:03'))).toEqual({ name: 'send-email', runAt: at('10:07:03') })
    await counters.apply('shard-1', [change(14, third, undefined)])
    expect(await stats.oldestWaiting(at('10:07:03'))).toBeUndefined()
  })

  test('where nothing waits, the minutes of the past days are not read', async () => {
    const { counters, stats, faults } = await openCounting()
    await counters.apply('shard-1', [
      change(1, undefined, counted('PENDING')),
      change(2, counted('PENDING'), undefined),
    ])
    const queries = () => faults.operations().filter(operation => operation === 'Query').length
    expect(await stats.oldestWaiting(at('11:00:00'))).toBeUndefined()
    expect(queries()).toBe(1)
    await counters.apply('shard-1', [change(3, undefined, counted('PENDING'))])
    await stats.oldestWaiting(at('11:00:00'))
    expect(queries()).toBe(3)
  })
})
