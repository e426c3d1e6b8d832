import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { shardOf, shards } from '../../shared/aws/shards.ts'
import { localActor } from '../../shared/core/actor.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { Pause } from '../../shared/core/dispatch.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { claim, complete } from '../../shared/core/transitions.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { at, until } from '../helpers/clock.ts'
import { type Act, doFirst, loseRequest, refuse } from '../helpers/faulty-requests.ts'
import { AMPLE_MS, openReconciling, quiet, type Reconciling } from './reconciling.ts'
import { noise, START } from './scanning.ts'

const MINUTE = 60_000
const DAY = 86_400_000
/** Counters must have stood still for so long. */
const STILL = 10_000

const ids = (...rows: readonly Pick<TaskRow, 'id'>[]) => rows.map(({ id }) => id).sort()
const pauseOf = (selector: Pause['selector'], until?: number): Pause => ({
  selector,
  reason: 'x',
  actor: 'user_9',
  since: START,
  ...(until !== undefined && { until }),
})

/** Running under a lease that ends in 30 s. */
async function claimed({ store, clock }: Reconciling, row: TaskRow): Promise<TaskRow> {
  const lease = { task: row.id, token: 'token-A', endsAt: clock.now() + 30_000 }
  const committed = await store.backend.tasks.commit(
    claim({ task: row.id, name: row.name, messageId: 'message-A' }, lease, clock.now()),
  )
  if (!committed.ok) throw new Error('not claimed')
  return committed.row
}

describe('overdue rows', () => {
  test('H23 H24 when every hint is lost each gets one, and runs: those that wait, and those whose worker has died', async () => {
    const on = await openReconciling()
    const { store, clock, purge, reconcile, hints } = on
    const waiting = await Promise.all([1, 2, 3, 4, 5, 5, 5].map(priority => store.submit({ priority: priority as 1 })))
    const abandoned = await claimed(on, await store.submit())
    const ended = await store.submit()
    await store.handle(ended)
    const scheduled = await store.submit({ delayMs: 2 * MINUTE })
    await purge()
    clock.set(START + MINUTE)
    const held = await claimed(on, await store.submit())
    await purge()

    expect(await reconcile()).toEqual({
      done: true,
      since: clock.now(),
      scanned: 11,
      hinted: 8,
      resumed: 0,
      expired: 0,
      released: 0,
      removed: 0,
      corrected: 0,
      failed: 0,
      unreadable: 0,
      summary: 'Looked at 11 tasks: sent 8 hints again.',
    })
    expect(await hints()).toEqual(ids(...waiting, abandoned))
    for (const row of [...waiting, abandoned]) {
      await store.handle(row)
      expect(await store.backend.tasks.read(row.id)).toMatchObject({ state: 'COMPLETED' })
    }
    expect(await store.backend.tasks.read(scheduled.id)).toMatchObject({ state: 'PENDING' })
    expect(await store.backend.tasks.read(held.id)).toMatchObject({ state: 'RUNNING', leaseToken: 'token-A' })
    expect((await reconcile()).summary).toBe('Looked at 11 tasks: nothing to repair.')
  })

  test('H101 are those that were due ten seconds ago: clocks differ, and a message takes its time', async () => {
    const { store, clock, purge, reconcile, hints } = await openReconciling()
    const row = await store.submit()
    await purge()
    clock.set(START + 10_000)
    await reconcile()
    expect(await hints()).toEqual([])
    clock.set(START + 10_001)
    await reconcile()
    expect(await hints()).toEqual(ids(row))
  })

  test('H101 H17 a clock that is an hour ahead sends hints for nothing, and changes nothing; one behind sends none', async () => {
    const { store, clock, purge, reconcile, hints } = await openReconciling()
    const soon = await store.submit({ delayMs: 40 * MINUTE })
    const due = await store.submit()
    await purge()
    clock.set(START - 60 * MINUTE)
    await reconcile()
    expect(await hints()).toEqual([])
    clock.set(START + 60 * MINUTE)
    await reconcile()
    expect(await hints()).toEqual(ids(soon, due))
    clock.set(START + MINUTE)
    expect(await store.backend.tasks.read(soon.id)).toEqual(soon)
    // The worker's clock decides, and it sends the row's own hint.
    expect(await store.handle(soon)).toBe('ack')
    expect(await store.backend.tasks.read(soon.id)).toEqual(soon)
  })

  test('H16 H19 two passes at once beside the hint of the submit: the task runs once', async () => {
    let runs = 0
    const task = defineTask({ name: 'counted', run: () => void runs++ })
    const on = await openReconciling({ tasks: [task] })
    await on.store.submit()
    await on.purge()
    const row = await on.store.submit()
    on.clock.set(START + MINUTE)
    const original = await on.hints()
    const reports = await Promise.all([on.reconcile(), on.reconcile()])
    expect(reports.map(({ done, hinted }) => [done, hinted])).toEqual([
      [true, 2],
      [true, 2],
    ])
    expect(original).toEqual(ids(row))
    expect(await on.hints()).toContain(row.id)
    await Promise.all([1, 2, 3].map(() => on.store.handle(row)))
    expect(runs).toBe(1)
    expect(await on.store.backend.tasks.read(row.id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })

  test('H20 behind a long backlog have their hints in the queue, and get no second one', async () => {
    const { store, clock, purge, reconcile, hints } = await openReconciling()
    const [urgent] = [await store.submit({ priority: 1 }), await store.submit({ priority: 4 })]
    clock.set(START + 59 * MINUTE)
    // Their hints wait there, and nobody knows for how long: up to an hour.
    expect(await reconcile()).toMatchObject({ scanned: 2, hinted: 0 })
    await purge()
    await store.submit({ priority: 4 })
    // Of the other queue nothing is left, so the row has no hint any more.
    clock.set(START + 60 * MINUTE)
    expect(await reconcile()).toMatchObject({ scanned: 3, hinted: 1 })
    expect(await hints()).toContain(urgent.id)
  })

  test('H20 nothing is sent while paused: of everything, of a priority, of a name', async () => {
    const { store, clock, purge, reconcile, hints } = await openReconciling()
    const rows = [
      await store.submit({ priority: 2 }),
      await store.submit({ priority: 4, name: 'other' }),
      await store.submit({ priority: 4 }),
    ]
    await purge()
    clock.set(START + MINUTE)
    const hintsWhile = async (pause: Pause) => {
      await store.backend.dispatch.put(pause)
      await reconcile()
      await store.backend.dispatch.remove(pause.selector)
      clock.set(clock.now() + MINUTE)
      return hints()
    }
    expect(await hintsWhile(pauseOf({ kind: 'all' }))).toEqual([])
    expect(await hintsWhile(pauseOf({ kind: 'priority', priority: 4 }))).toEqual(ids(...rows.slice(0, 1)))
    expect(await hintsWhile(pauseOf({ kind: 'name', name: 'quiet' }))).toEqual(ids(...rows.slice(1, 2)))
    expect(await hintsWhile(pauseOf({ kind: 'all' }, START))).toEqual(ids(...rows))
  })

  test('a hint that cannot be sent holds up no other; when none can be, the pass fails and says so', async () => {
    const { store, clock, purge, reconcile, hints, sqs, events } = await openReconciling({ segments: 1 })
    const rows = await Promise.all([1, 2, 3].map(priority => store.submit({ priority: priority as 1 })))
    await purge()
    clock.set(START + MINUTE)
    sqs.next('SendMessageBatch', refuse('AccessDenied', 403))
    expect(await reconcile()).toMatchObject({
      hinted: 2,
      failed: 1,
      done: true,
      summary: 'Looked at 3 tasks: sent 2 hints again. 1 repair failed: the next pass tries again.',
    })
    expect(events.map(({ type }) => type)).toEqual(['store.failed'])
    expect(await hints()).toHaveLength(2)
    sqs.always('SendMessageBatch', refuse('AccessDenied', 403))
    await expect(reconcile()).rejects.toThrow(StoreUnavailable)
    sqs.always('SendMessageBatch')
    clock.set(START + 2 * MINUTE)
    await reconcile()
    expect(await hints()).toEqual(ids(...rows))
  })
})

describe('after a pause', () => {
  test('H32 H48 H68 of a name, all its rows that wait get a hint for their time, whatever the age of the queues says', async () => {
    const on = await openReconciling()
    const { store, clock, reconcile, hints, purge } = on
    clock.set(START - MINUTE)
    const overdue = await store.submit({ name: 'other', priority: 1 })
    clock.set(START)
    const acknowledged = [await store.submit(), await store.submit({ delayMs: 4_000 })]
    await purge()
    const others = [await store.submit({ name: 'other' }), await store.submit({ name: 'other' })]
    // The hint of a schedule comes a minute early: it may have come during the pause, and was acknowledged.
    const soon = await store.submit({ delayMs: 20 * MINUTE })
    const later = await store.submit({ delayMs: 40 * MINUTE })
    await purge()
    for (const row of others) await store.backend.hints.send(row, START)
    clock.set(START + 19 * MINUTE)
    const notBefore = clock.now() + 5_000
    const pass = reconcile({ name: 'quiet', notBefore })
    await until(() => clock.timers() > 0, 'it waits until every worker knows')
    expect(await hints()).toEqual(ids(...others))
    await clock.advance(5_000)
    expect(await pass).toMatchObject({ hinted: 0, resumed: 4, done: true })
    expect(await hints()).toEqual(ids(...acknowledged))
    // For its own time.
    expect(on.sqs.seen.at(-1)?.body).toMatchObject({
      Entries: expect.arrayContaining([expect.objectContaining({ DelaySeconds: 55 })]),
    })
    expect(JSON.stringify(on.sqs.seen)).toContain(soon.id)
    // What else is overdue waits for a pass of its own.
    for (const row of [later, overdue]) expect(await store.backend.tasks.read(row.id)).toEqual(row)
  })

  test('H20 of a name that is paused again, none does', async () => {
    const { store, reconcile, hints, purge, clock } = await openReconciling()
    await store.submit()
    await purge()
    await store.backend.dispatch.put(pauseOf({ kind: 'name', name: 'quiet' }))
    clock.set(START + MINUTE)
    expect(await reconcile({ name: 'quiet' })).toMatchObject({ resumed: 0, hinted: 0 })
    expect(await hints()).toEqual([])
  })

  test('P10 of a name, though everything is paused still, its rows get their hints: nobody looks for them when the other pause ends', async () => {
    const { store, reconcile, hints, purge, clock } = await openReconciling()
    const row = await store.submit()
    await purge()
    await store.backend.dispatch.put(pauseOf({ kind: 'all' }))
    clock.set(START + MINUTE)
    expect(await reconcile()).toMatchObject({ hinted: 0 })
    expect(await reconcile({ name: 'quiet' })).toMatchObject({ resumed: 1 })
    expect(await hints()).toEqual(ids(row))
  })

  test('that has ended by itself, rows of its name are looked for as well', async () => {
    const { store, reconcile, hints, purge, clock } = await openReconciling()
    const row = await store.submit()
    await purge()
    // Another hint in the queue, so that its age alone would tell nothing.
    await store.submit({ name: 'other' })
    await store.backend.dispatch.put(pauseOf({ kind: 'name', name: 'quiet' }, START + MINUTE))
    clock.set(START + MINUTE)
    await hints()
    await store.submit({ name: 'other' })
    expect(await reconcile({ resume: true })).toMatchObject({ resumed: 1, hinted: 0 })
    expect(await hints()).toContain(row.id)
    // The pause is over and done with: later passes judge its rows like any other.
    await store.submit({ name: 'other' })
    expect(await reconcile()).toMatchObject({ resumed: 0, hinted: 0 })
    clock.set(START + 61 * MINUTE)
    await store.submit({ name: 'other' })
    expect(await reconcile({ resume: true })).toMatchObject({ resumed: 0 })
  })

  test('H66 every pass has the event sources follow the switch, and goes on when they do not', async () => {
    const { store, reconcile, purge, hints, clock, converged, events } = await openReconciling({
      converge: () => Promise.reject(new Error('throttled')),
    })
    const row = await store.submit()
    await purge()
    clock.set(START + MINUTE)
    expect(await reconcile()).toMatchObject({ hinted: 1 })
    expect(await hints()).toEqual(ids(row))
    expect(converged()).toBe(1)
    expect(events.map(({ type }) => type)).toEqual(['store.failed'])
  })
})

describe('a restored table', () => {
  test('H103 has every lease ended, and its attempt given back, before dispatch resumes: a holder of before changes nothing', async () => {
    const on = await openReconciling()
    const { store, reconcile, clock } = on
    const [running, waiting] = [await claimed(on, await store.submit()), await store.submit()]
    await expect(reconcile({ restored: true })).rejects.toThrow('pause everything first')
    await store.backend.dispatch.put(pauseOf({ kind: 'all' }))
    clock.set(START + 5_000)
    expect(await reconcile({ restored: true })).toMatchObject({
      released: 1,
      hinted: 0,
      done: true,
      summary: 'Looked at 2 tasks: gave 1 attempt back.',
    })
    const row = await store.backend.tasks.read(running.id)
    expect(row).toMatchObject({
      state: 'PENDING',
      attempt: 1,
      attemptsLeft: waiting.attemptsLeft,
      runAt: START + 5_000,
    })
    expect(row?.leaseToken).toBeUndefined()
    const lease = { task: running.id, token: 'token-A', endsAt: START + 30_000 }
    expect(await store.backend.tasks.commit(complete(lease, 1, {}, clock.now()))).toMatchObject({ ok: false })
    expect(await store.backend.tasks.read(waiting.id)).toEqual(waiting)
    expect(await reconcile({ restored: true })).toMatchObject({ released: 0 })
  })
})

describe('expired rows', () => {
  test('H52 end, though nobody claims them, paused or not', async () => {
    const { store, clock, purge, reconcile, events, hints } = await openReconciling()
    const expired = await store.submit({ expiresAt: START + DAY })
    const later = await store.submit({ delayMs: MINUTE, expiresAt: START + DAY + 1 })
    await store.backend.dispatch.put(pauseOf({ kind: 'all' }))
    await purge()
    clock.set(START + DAY + 10_000)
    expect(await reconcile()).toMatchObject({
      expired: 1,
      hinted: 0,
      summary: 'Looked at 2 tasks: ended 1 expired task.',
    })
    expect(await store.backend.tasks.read(expired.id)).toMatchObject({ state: 'EXPIRED', finishedAt: clock.now() })
    expect(await store.backend.tasks.read(later.id)).toEqual(later)
    expect(events).toMatchObject([{ type: 'task.expired', by: 'expiry', row: { id: expired.id } }])
    expect(await hints()).toEqual([])
  })

  test('H17 one that was requeued while it was looked at lives', async () => {
    const { store, clock, reconcile, dynamodb } = await openReconciling({ segments: 1 })
    const expired = await store.submit({ expiresAt: START + DAY })
    clock.set(START + 2 * DAY)
    // Between the read of the row and the write of its end somebody else ends it, and has it run again.
    dynamodb.next(
      'UpdateItem',
      doFirst(() => store.engine.requeue(localActor, expired.id, {})),
    )
    expect(await reconcile()).toMatchObject({ expired: 0, failed: 0 })
    expect(await store.backend.tasks.read(expired.id)).toMatchObject({ state: 'PENDING', run: 2 })
  })

  test('H17 H68 one that was given more time while it was looked at gets its hint: a pause may have swallowed the first one', async () => {
    const { store, clock, reconcile, purge, hints, dynamodb } = await openReconciling({ segments: 1 })
    const row = await store.submit({ expiresAt: START + DAY })
    await purge()
    clock.set(START + 2 * DAY)
    dynamodb.next('Scan', async send => {
      const answer = await send()
      await store.backend.tasks.commit({ task: row.id, expect: [], set: { expiresAt: START + 3 * DAY } })
      return answer
    })
    expect(await reconcile({ name: 'quiet' })).toMatchObject({ expired: 0, resumed: 1 })
    expect(await hints()).toEqual(ids(row))
  })

  test('H102 H68 one of a newer version is left to its workers, who need a hint for it', async () => {
    const { store, clock, reconcile, purge, hints } = await openReconciling()
    const { id } = await store.submit({ expiresAt: START + DAY })
    await purge()
    const item = { ...(await store.item(id)), sv: { N: '99' } }
    await store.clients.dynamodb.send(new PutItemCommand({ TableName: store.resources.tasksTable, Item: item }))
    clock.set(START + 2 * DAY)
    expect(await reconcile({ name: 'quiet' })).toMatchObject({ expired: 0, failed: 0, resumed: 1 })
    expect(await store.backend.tasks.read(id)).toMatchObject({ state: 'PENDING' })
    expect(await hints()).toEqual([id])
  })
})

describe('texts', () => {
  test('H7 whose row is gone are removed, and that is no repair', async () => {
    const { store, clock, reconcile } = await openReconciling()
    const [gone, kept] = [await store.submit({ payload: noise(3_000) }), await store.submit({ payload: noise(3_000) })]
    await store.remove(gone.id)
    clock.set(START + 20 * MINUTE)
    expect(await reconcile()).toMatchObject({
      removed: 1,
      hinted: 0,
      summary: 'Looked at 1 task: removed 1 text of tasks that are gone.',
    })
    expect(new Set((await store.items()).map(({ pk }) => pk?.S))).toEqual(new Set([kept.id]))
  })
})

describe('a pass that is cut off', () => {
  /** More than one page in each segment. */
  async function openLarge() {
    const on = await openReconciling({ segments: 2 })
    const text = noise(240_000)
    const rows = await Promise.all(Array.from({ length: 24 }, () => on.store.submit({ payload: text })))
    await on.purge()
    on.clock.set(START + MINUTE)
    return { ...on, rows }
  }

  /** Time for so many pages. */
  function timeFor(pages: number): () => number {
    let left = pages
    return () => (left-- > 0 ? 80_000 : 30_000)
  }

  test('H18 H20 goes on where it stopped, and in the end every row has had one hint', async () => {
    const { reconcile, rows, hints } = await openLarge()
    const reports = [await reconcile({}, timeFor(2))]
    for (let last = reports[0]; last && !last.done; last = reports.at(-1)) {
      reports.push(await reconcile({ since: last.since }, timeFor(2)))
    }
    expect(reports.length).toBeGreaterThan(1)
    expect(reports[0]?.summary).toMatch('Time ran out: it goes on by itself.')
    const sum = (field: 'scanned' | 'hinted') => reports.reduce((total, report) => total + report[field], 0)
    expect([sum('scanned'), sum('hinted')]).toEqual([rows.length, rows.length])
    expect(await hints()).toEqual(ids(...rows))
    expect(await reconcile()).toMatchObject({ done: true, scanned: rows.length })
  })

  test('H18 by a failure goes on in the same way: with the page that it was working on', async () => {
    const { reconcile, rows, hints, dynamodb, sqs } = await openLarge()
    const failAfter = (calls: number): Act => {
      let left = calls
      return (send, request) => (left-- > 0 ? send() : loseRequest(send, request))
    }
    const since = START + MINUTE
    dynamodb.always('Scan', failAfter(2))
    await expect(reconcile({ since })).rejects.toThrow(StoreUnavailable)
    dynamodb.always('Scan')
    sqs.always('SendMessageBatch', failAfter(1))
    await expect(reconcile({ since })).rejects.toThrow(StoreUnavailable)
    sqs.always('SendMessageBatch')
    const last = await reconcile({ since })
    expect([last.done, last.scanned < rows.length]).toEqual([true, true])
    expect(await hints()).toEqual(ids(...rows))
  })

  test('H18 H19 says nothing to a later one, which looks at everything itself', async () => {
    const { reconcile, rows, clock, hints } = await openLarge()
    expect(await reconcile({}, timeFor(2))).toMatchObject({ done: false })
    await hints()
    clock.set(START + MINUTE + 1)
    expect(await reconcile()).toMatchObject({ done: true, scanned: rows.length })
    expect(await hints()).toEqual(ids(...rows))
  })

  test('H19 while another one runs: each looks at everything that it says it has', async () => {
    const { reconcile, rows, hints, clock } = await openLarge()
    const first = reconcile({}, timeFor(2))
    clock.set(START + MINUTE + 1)
    const reports = await Promise.all([first, reconcile()])
    expect(reports[1]).toMatchObject({ done: true, scanned: rows.length })
    expect(new Set(await hints())).toEqual(new Set(ids(...rows)))
    const { since } = reports[0]
    expect(await reconcile({ since })).toMatchObject({ done: true, since })
  })
})

describe('counters', () => {
  test('P15 H89 that are wrong are set right when nothing has moved for a while, and reported', async () => {
    const { store, counters, count, recount } = await openReconciling()
    for (const name of ['quiet', 'quiet', 'other']) await store.submit({ name, delayMs: 3 * MINUTE })
    await store.handle(await store.submit())
    await count()
    expect(await recount()).toMatchObject({ corrected: 0 })
    // Records that were lost, and some of rows that never were.
    const ghost = { name: 'quiet', state: 'PENDING', runAt: at('08:00:00') } as const
    await counters.apply('shard-2', [
      { kind: 'row', sequence: '1', after: ghost },
      { kind: 'row', sequence: '2', after: { ...ghost, state: 'RUNNING' } },
    ])
    expect(await store.backend.stats.oldestWaiting(START + MINUTE)).toEqual({ name: 'quiet', runAt: at('08:00:00') })
    expect(await recount()).toMatchObject({ corrected: 4, summary: 'Looked at 4 tasks: set 4 counters right.' })
    expect(new Set(await store.backend.stats.counts())).toEqual(
      new Set([
        { name: 'quiet', state: 'PENDING', count: 2 },
        { name: 'other', state: 'PENDING', count: 1 },
        { name: 'quiet', state: 'COMPLETED', count: 1 },
      ]),
    )
    expect(await store.backend.stats.oldestWaiting(START + MINUTE)).toBeUndefined()
    expect(await store.backend.stats.oldestWaiting(START + 3 * MINUTE)).toMatchObject({ runAt: START + 3 * MINUTE })
    expect(await recount()).toMatchObject({ corrected: 0 })
  })

  test('H89 that move meanwhile are left alone: the stream was only late', async () => {
    const { store, counters, count, reconcile, clock } = await openReconciling()
    await store.submit({ delayMs: 3 * MINUTE })
    await count()
    const after = await store.submit({ delayMs: 4 * MINUTE })
    const pass = reconcile({}, AMPLE_MS)
    await until(() => clock.timers() > 0, 'it waits whether counters stand still')
    await clock.advance(STILL)
    await until(() => clock.timers() > 0, 'it waits whether counters move')
    // In an item of their own: nothing but a second look at all of them tells.
    const shard = ['a', 'b', 'c', 'd', 'e'].find(name => shardOf(name) !== 0) ?? ''
    await counters.apply(shard, [{ kind: 'row', sequence: '1', after }])
    await clock.advance(MINUTE)
    expect(await pass).toMatchObject({ corrected: 0 })
    expect(await store.backend.stats.counts()).toEqual([{ name: 'quiet', state: 'PENDING', count: 2 }])
  })

  // Of the items that share a count, the one that corrections go to, and others.
  test.each(shards)(
    'H89 that move between the last look at them and the correction are left alone: %i',
    async shard => {
      const { store, counters, count, recount, dynamodb } = await openReconciling()
      await store.submit({ delayMs: 3 * MINUTE })
      await count()
      const after = await store.submit({ delayMs: 4 * MINUTE })
      const name = [...'abcdefghijklm'].find(each => shardOf(each) === shard) ?? expect.fail('one of them is')
      const late = () => counters.apply(name, [{ kind: 'row', sequence: '1', after }])
      dynamodb.next('TransactWriteItems', doFirst(late))
      expect(await recount()).toMatchObject({ scanned: 2, corrected: 0 })
      expect(await store.backend.stats.counts()).toEqual([{ name: 'quiet', state: 'PENDING', count: 2 }])
      expect(await recount()).toMatchObject({ corrected: 0 })
    },
  )

  test('P15 of which a scan shows rows as they were a moment ago are left alone: they were right', async () => {
    const { store, scan, dynamodb, count, recount, clock } = await openReconciling({ segments: 1 })
    const row = await store.submit()
    let before: object | undefined
    dynamodb.next('Scan', async send => {
      const answer = await send()
      before = answer.body as object
      return answer
    })
    await scan.page(0)
    await store.handle(row)
    await count()
    const endedAt = clock.now()
    dynamodb.always('Scan', send =>
      clock.now() - endedAt < 5_000 ? Promise.resolve({ status: 200, body: before }) : send(),
    )
    expect(await recount()).toMatchObject({ corrected: 0 })
    expect(await store.backend.stats.counts()).toEqual([{ name: 'quiet', state: 'COMPLETED', count: 1 }])
  })

  test('P15 that have moved just before the scan are not held against it', async () => {
    const { store, count, reconcile, clock } = await openReconciling()
    await store.submit({ delayMs: 3 * MINUTE })
    await store.submit({ delayMs: 4 * MINUTE })
    const pass = reconcile({}, AMPLE_MS)
    await until(() => clock.timers() > 0, 'it waits whether counters stand still')
    await count()
    await clock.advance(STILL)
    expect(await pass).toMatchObject({ scanned: 2, corrected: 0 })
  })

  test('H19 are set right once by two passes', async () => {
    const { store, reconcile, clock } = await openReconciling()
    await store.submit({ delayMs: 3 * MINUTE })
    const passes = [reconcile({}, AMPLE_MS), reconcile({}, AMPLE_MS)]
    await until(() => clock.timers() > 1, 'both wait whether counters stand still')
    await clock.advance(STILL)
    await until(() => clock.timers() > 1, 'both wait')
    await clock.advance(MINUTE)
    const corrected = (await Promise.all(passes)).map(({ corrected }) => corrected)
    expect(corrected.reduce((sum, each) => sum + each)).toBe(3)
    expect(await store.backend.stats.counts()).toEqual([{ name: 'quiet', state: 'PENDING', count: 1 }])
  })

  test('are not touched by a pass that has seen only some rows, or has no time to wait', async () => {
    const { store, reconcile } = await openReconciling({ tasks: [quiet] })
    await store.submit({ delayMs: 3 * MINUTE })
    expect(await reconcile({ name: 'quiet' }, AMPLE_MS)).toMatchObject({ corrected: 0 })
    expect(await reconcile({}, () => 99_999)).toMatchObject({ corrected: 0, done: true })
    expect(await store.backend.stats.counts()).toEqual([])
  })

  test('P15 of a task that waits for days stay, though items of minutes go', async () => {
    const { store, count, recount, clock } = await openReconciling()
    await store.submit()
    await count()
    const item = async () => (await statsItem({ store }, 'due#2031-05-17T09:30'))?.ttl?.N
    expect(Number(await item())).toBe((START + 3 * DAY) / 1_000)
    clock.set(START + DAY + 2 * MINUTE)
    await recount()
    expect(Number(await item())).toBe((START + 4 * DAY + 2 * MINUTE) / 1_000)
  })
})

async function statsItem({ store }: Pick<Reconciling, 'store'>, sk: string) {
  const key = { pk: { S: 'stats' }, sk: { S: sk } }
  return (await store.clients.dynamodb.send(new GetItemCommand({ TableName: store.resources.appTable, Key: key }))).Item
}
