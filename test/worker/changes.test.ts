import { describe, expect, test } from 'vitest'
import type { Pause } from '../../shared/core/dispatch.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import type { TableChange } from '../../shared/ports/table-changes.ts'
import { createChangesHandler } from '../../shared/worker/changes.ts'
import type { ReconcileRequest } from '../../shared/worker/reconcile.ts'
import { at, createManualClock } from '../helpers/clock.ts'

const DAY = 86_400_000
const pending = { name: 'send-email', state: 'PENDING', runAt: at('10:00:07') } as const

const row = (sequence: string): TableChange => ({ kind: 'row', sequence, after: pending })
const paused = (sequence: string, pause: Pause): TableChange => ({
  kind: 'pause',
  sequence,
  after: pause,
  byExpiry: false,
})
const resumed = (sequence: string, pause: Pause, byExpiry = false): TableChange => ({
  kind: 'pause',
  sequence,
  before: pause,
  byExpiry,
})
const pauseOf = (selector: Pause['selector'], since = at('09:00:00')): Pause => ({
  selector,
  reason: 'x',
  actor: 'user_9',
  since,
})
const ofName = pauseOf({ kind: 'name', name: 'send-email' })
const ofAll = pauseOf({ kind: 'all' })

/** A handler of changes that are decoded already; text stands for a record that cannot be. */
function open(fails: { readonly counters?: () => boolean; readonly converge?: () => boolean } = {}) {
  const counted: string[] = []
  const requests: ReconcileRequest[] = []
  const unreadable: string[] = []
  const failures: unknown[] = []
  let converged = 0
  const handle = createChangesHandler<TableChange | string>({
    decode(record) {
      if (typeof record === 'string') throw new TypeError(`cannot be read: ${record}`)
      return record
    },
    counters: {
      async apply(shard, changes) {
        if (fails.counters?.()) throw new StoreUnavailable('the table is away')
        counted.push(...changes.map(({ sequence }) => `${shard}:${sequence}`))
      },
    },
    async converge() {
      converged++
      return !fails.converge?.()
    },
    reconcile: async request => void requests.push(request),
    report: {
      unreadable: record => void unreadable.push(String(record)),
      failed: error => void failures.push(error),
    },
    clock: createManualClock(at('10:00:00')),
  })
  return { handle, counted, requests, unreadable, failures, converged: () => converged }
}

describe('a portion of the change stream', () => {
  test('H45 is counted as changes of its shard; nothing else follows from rows', async () => {
    const { handle, counted, requests, converged } = open()
    expect(await handle('shard-1', [row('5'), { kind: 'other', sequence: '6' }, row('7')])).toBeUndefined()
    expect(counted).toEqual(['shard-1:5', 'shard-1:7'])
    expect([requests, converged()]).toEqual([[], 0])
  })

  test('H90 a record that nobody can read is reported and passed over, and those behind it count', async () => {
    const { handle, counted, unreadable, converged } = open()
    expect(await handle('shard-1', [row('5'), 'junk', row('6'), paused('7', ofAll)])).toBeUndefined()
    expect(counted).toEqual(['shard-1:5', 'shard-1:6'])
    expect(unreadable).toEqual(['junk'])
    expect(converged()).toBe(1)
  })

  test('H90 a portion of nothing but junk is done, and so is an empty one', async () => {
    const { handle, unreadable } = open()
    expect(await handle('shard-1', ['junk', 'more'])).toBeUndefined()
    expect(await handle('shard-1', [])).toBeUndefined()
    expect(unreadable).toEqual(['junk', 'more'])
  })

  test('H89 comes again from the first change of what has failed', async () => {
    const counters = open({ counters: () => true })
    expect(await counters.handle('shard-1', [paused('4', ofAll), row('5'), row('6')])).toBe('5')
    expect(counters.failures).toEqual([expect.any(StoreUnavailable)])
    const switches = open({ converge: () => true })
    expect(await switches.handle('shard-1', [row('5'), paused('6', ofAll), row('7')])).toBe('6')
    expect(switches.counted).toEqual(['shard-1:5', 'shard-1:7'])
    const both = open({ counters: () => true, converge: () => true })
    expect(await both.handle('shard-1', [paused('4', ofAll), row('5')])).toBe('4')
    expect(both.failures).toHaveLength(2)
  })
})

describe('a change of the dispatch switch', () => {
  test('H66 has the event sources follow it, once for a portion, whoever made it', async () => {
    const { handle, converged } = open()
    expect(
      await handle('shard-1', [paused('4', ofAll), resumed('5', ofAll), resumed('6', ofName, true)]),
    ).toBeUndefined()
    expect(converged()).toBe(1)
  })

  test('H32 H68 the end of a name’s pause has its rows looked for, once no worker takes it for paused any more', async () => {
    const { handle, requests } = open()
    await handle('shard-1', [resumed('5', ofName)])
    expect(requests).toEqual([{ name: 'send-email', notBefore: at('10:00:05') }])
  })

  test('H87 a pause that the store has removed when its time had come was ended by nobody', async () => {
    const { handle, requests } = open()
    await handle('shard-1', [resumed('5', ofName, true)])
    expect(requests).toEqual([])
  })

  test('a pause that begins, or takes the place of another one, has no rows looked for', async () => {
    const { handle, requests } = open()
    await handle('shard-1', [
      paused('5', ofName),
      { kind: 'pause', sequence: '6', before: ofName, after: ofName, byExpiry: false },
    ])
    expect(requests).toEqual([])
  })

  test('H68 of a pause of everything, or of a priority, hints wait in the queue, unless it has lasted for days', async () => {
    const { handle, requests } = open()
    const long = pauseOf({ kind: 'priority', priority: 2 }, at('10:00:00') - 3 * DAY)
    const notQuite = pauseOf({ kind: 'all' }, at('10:00:00') - 3 * DAY + 1)
    await handle('shard-1', [resumed('5', ofAll), resumed('6', notQuite)])
    expect(requests).toEqual([])
    await handle('shard-1', [resumed('7', long)])
    expect(requests).toEqual([{ notBefore: at('10:00:05') }])
  })
})
