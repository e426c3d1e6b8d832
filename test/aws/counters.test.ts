import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { at } from '../helpers/clock.ts'
import { loseAnswer, refuse } from '../helpers/faulty-requests.ts'
import { change, counted, openCounting } from './counting.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const pending = counted('PENDING')
const running = counted('RUNNING')
const completed = counted('COMPLETED', { finishedAt: at('10:00:09') })
const submitted = change(1, undefined, pending)
const claimed = change(2, pending, running)
const ended = change(3, running, completed)

describe('counters of a shard', () => {
  test('P15 count rows by name and state, ends by the minute, and rows that wait by the second in which they are due', async () => {
    const { counters, stats, items } = await openCounting()
    const other = counted('RETRYING', { name: 'resize-image', runAt: at('10:01:59') })
    await counters.apply('shard-1', [
      submitted,
      claimed,
      ended,
      change(7, undefined, pending),
      change(8, undefined, other),
    ])
    expect(new Set(await stats.counts())).toEqual(
      new Set([
        { name: 'send-email', state: 'COMPLETED', count: 1 },
        { name: 'send-email', state: 'PENDING', count: 1 },
        { name: 'resize-image', state: 'RETRYING', count: 1 },
      ]),
    )
    expect(await stats.ends(at('10:00:00'))).toEqual([
      { minute: at('10:00:00'), name: 'send-email', state: 'COMPLETED', count: 1 },
    ])
    expect((await items()).get('due#2031-05-17T10:00')).toMatchObject({ 'w#send-email': { N: '1' }, 's#7': { N: '1' } })
    expect((await items()).get('due#2031-05-17T10:01')).toMatchObject({
      'w#resize-image': { N: '1' },
      's#59': { N: '1' },
    })
  })

  test('H89 a portion that comes again, whole or cut anywhere, counts once', async () => {
    const { counters, stats } = await openCounting()
    const all = [submitted, claimed, ended, change(11, undefined, pending), change(12, pending, running)]
    await counters.apply('shard-1', all.slice(0, 2))
    for (let start = 0; start <= 2; start++) {
      for (let end = start; end <= all.length; end++) await counters.apply('shard-1', all.slice(start, end))
    }
    expect(new Set(await stats.counts())).toEqual(
      new Set([
        { name: 'send-email', state: 'COMPLETED', count: 1 },
        { name: 'send-email', state: 'RUNNING', count: 1 },
      ]),
    )
    expect((await stats.ends(0)).map(({ count }) => count)).toEqual([1])
  })

  test('H89 what sums to nothing moves the fence all the same: of two readers, one that stops does not leave half of it behind', async () => {
    const { counters, stats } = await openCounting()
    const givenBack = change(3, running, pending)
    await counters.apply('shard-1', [submitted])
    // A row starts and is given back: one reader sees both at once; the other has been cut off after the first of them.
    await counters.apply('shard-1', [claimed, givenBack])
    await counters.apply('shard-1', [claimed])
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 1 }])
    await counters.apply('shard-1', [givenBack])
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 1 }])
  })

  test('H89 shards are fenced apart: a lower number of another shard is not taken for a repeat', async () => {
    const { counters, stats } = await openCounting()
    await counters.apply('shardId-00000001924000000000-aaaa', [change(900, undefined, pending)])
    await counters.apply('shardId-00000001924000000000-bbbb', [change(20, undefined, pending)])
    await counters.apply('shardId-00000001924000000000-aaaa', [change(900, undefined, pending)])
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 2 }])
  })

  test('H89 sequence numbers are compared as numbers, of up to 40 digits', async () => {
    const { counters, stats } = await openCounting()
    const numbers = ['9', '10', '99999999999999999999', '100000000000000000000', '9'.repeat(40)]
    for (const sequence of numbers) await counters.apply('shard-1', [{ kind: 'row', sequence, after: pending }])
    for (const sequence of numbers) await counters.apply('shard-1', [{ kind: 'row', sequence, after: pending }])
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 5 }])
  })

  test('H89 an addition whose answer is lost is not made again', async () => {
    const { counters, stats, faults } = await openCounting()
    // The client itself tries three times.
    faults.next('UpdateItem', loseAnswer, loseAnswer)
    await counters.apply('shard-1', [change(1, undefined, running)])
    faults.next('UpdateItem', loseAnswer, loseAnswer, loseAnswer)
    await expect(counters.apply('shard-1', [change(2, undefined, running)])).rejects.toThrow(StoreUnavailable)
    await counters.apply('shard-1', [change(2, undefined, running)])
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'RUNNING', count: 2 }])
  })

  test('H89 a portion of which some items could not be written is counted once when it comes again', async () => {
    const { counters, stats, faults, items } = await openCounting()
    const all = [submitted, claimed, ended]
    faults.next('UpdateItem', refuse('AccessDeniedException'))
    await expect(counters.apply('shard-1', all)).rejects.toThrow(StoreUnavailable)
    expect((await items()).size).toBe(2)
    await counters.apply('shard-1', all)
    expect(await stats.counts()).toEqual([{ name: 'send-email', state: 'COMPLETED', count: 1 }])
    expect((await stats.ends(0)).map(({ count }) => count)).toEqual([1])
    expect(await stats.oldestWaiting(at('12:00:00'))).toBeUndefined()
  })

  test('H87 a row that is removed, by its time to live or by hand, lowers its count and is no end', async () => {
    const { counters, stats } = await openCounting()
    await counters.apply('shard-1', [submitted, claimed, ended])
    await counters.apply('shard-1', [
      change(4, completed, undefined),
      change(5, undefined, pending),
      change(6, pending, undefined),
    ])
    expect(await stats.counts()).toEqual([])
    expect((await stats.ends(0)).map(({ state, count }) => [state, count])).toEqual([['COMPLETED', 1]])
    expect(await stats.oldestWaiting(at('11:00:00'))).toBeUndefined()
  })

  test('changes that do not move a row between states cost no write', async () => {
    const { counters, faults } = await openCounting()
    await counters.apply('shard-1', [change(1, pending, pending), change(2, running, running)])
    expect(faults.operations()).toEqual([])
  })

  test('a task that is put off waits in another minute', async () => {
    const { counters, stats } = await openCounting()
    const later = counted('PENDING', { runAt: at('10:31:00') })
    await counters.apply('shard-1', [change(1, undefined, pending), change(2, pending, later)])
    expect(await stats.oldestWaiting(at('10:30:00'))).toBeUndefined()
    expect(await stats.oldestWaiting(at('10:31:00'))).toEqual({ name: 'send-email', runAt: at('10:31:00') })
  })

  test('a portion with more names than an update can hold is written in several, each with its fence', async () => {
    const { counters, stats, faults } = await openCounting()
    const names = Array.from({ length: 230 }, (_, index) => `task-${index}`)
    const all = names.map((name, index) => change(index + 1, undefined, counted('RUNNING', { name })))
    await counters.apply('shard-1', all)
    expect(faults.operations().length).toBe(3)
    await counters.apply('shard-1', all.slice(100))
    const counts = await stats.counts()
    expect(counts.map(({ name }) => name).sort()).toEqual(names.toSorted())
    expect(new Set(counts.map(({ count }) => count))).toEqual(new Set([1]))
  })
})

describe('items of counters', () => {
  test('H86 go some days after their minute and their last write, told in seconds; counts of rows never go', async () => {
    const { counters, items, setNow } = await openCounting()
    await counters.apply('shard-1', [submitted, claimed, ended])
    await counters.apply('shard-1', [change(4, undefined, counted('PENDING', { runAt: at('10:00:30') + 30 * DAY }))])
    const seconds = async (item: string) => Number((await items()).get(item)?.ttl?.N)
    expect(await seconds('end#2031-05-17T10:00')).toBe((at('10:00:00') + 2 * DAY) / 1_000)
    expect(await seconds('due#2031-05-17T10:00')).toBe((at('10:00:00') + 3 * DAY) / 1_000)
    expect(await seconds('due#2031-06-16T10:00')).toBe((at('10:00:00') + 33 * DAY) / 1_000)
    setNow(at('10:00:00') + 10 * DAY)
    await counters.apply('shard-1', [change(9, pending, running)])
    expect(await seconds('due#2031-05-17T10:00')).toBe((at('10:00:00') + 13 * DAY) / 1_000)
    const [counts] = [...(await items())].filter(([key]) => key.startsWith('counts#'))
    expect(counts?.[1].ttl).toBeUndefined()
  })

  test('H89 lose the fences of shards that nothing can come from any more, and no other', async () => {
    const { counters, items, setNow, stats } = await openCounting()
    // Shards whose counts share an item.
    const shards = ['a', 'e', 'i'].map(letter => `shardId-00000001924000000000-${letter}`)
    const fences = async () =>
      [...(await items())]
        .filter(([key]) => key.startsWith('counts#'))
        .flatMap(([, item]) => Object.keys(item).filter(name => name.startsWith('f#')))
        .map(name => name.at(-1))
        .sort()
    await counters.apply(shards[0] ?? '', [change(5, undefined, running)])
    setNow(at('10:00:00') + HOUR)
    await counters.apply(shards[1] ?? '', [change(5, undefined, running)])
    setNow(at('10:00:00') + 2 * DAY)
    await counters.apply(shards[2] ?? '', [change(5, undefined, running)])
    expect(await fences()).toEqual(['a', 'e', 'i'])
    setNow(at('10:00:00') + 2 * DAY + 1)
    await counters.apply(shards[2] ?? '', [change(6, undefined, running)])
    expect(await fences()).toEqual(['e', 'i'])
    // A shard that lives for ever keeps its own, however long it was quiet.
    setNow(at('10:00:00') + 9 * DAY)
    await counters.apply(shards[1] ?? '', [change(5, undefined, running)])
    await counters.apply(shards[2] ?? '', [change(6, undefined, running)])
    expect((await stats.counts()).map(({ count }) => count)).toEqual([4])
  })

  test('H89 a fence that moves while it is about to be dropped stays', async () => {
    const { counters, faults, setNow, stats } = await openCounting()
    const [old, other] = ['shardId-00000001924000000000-a', 'shardId-00000001924000000000-e']
    await counters.apply(old, [change(5, undefined, running)])
    setNow(at('10:00:00') + 3 * DAY)
    // Between the write that shows the old fence and the one that drops it, its shard is heard of again.
    let calls = 0
    faults.always('UpdateItem', async send => {
      calls++
      if (calls === 2) await counters.apply(old, [change(6, undefined, running)])
      return send()
    })
    await counters.apply(other, [change(5, undefined, running)])
    faults.always('UpdateItem')
    await counters.apply(old, [change(6, undefined, running)])
    expect((await stats.counts()).map(({ count }) => count)).toEqual([3])
  })
})
