import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, inject, test } from 'vitest'
import { createCounters } from '../../shared/aws/counters.ts'
import { createRecounts } from '../../shared/aws/recounts.ts'
import { decodeRecord, type StreamRecord, shardIdOf } from '../../shared/aws/stream-records.ts'
import { localActor } from '../../shared/core/actor.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { Pause } from '../../shared/core/dispatch.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { createChangesHandler } from '../../shared/worker/changes.ts'
import type { ReconcileRequest } from '../../shared/worker/reconcile.ts'
import { type AwsStore, openAwsStore } from '../helpers/aws-store.ts'
import { openStream } from '../helpers/table-stream.ts'
import { noise } from './scanning.ts'

const quiet = defineTask({ name: 'quiet', run: (_, { log }) => log.info('a line') })
const failing = defineTask({
  name: 'failing',
  retry: { maxAttempts: 1 },
  run() {
    throw new Error('x')
  },
})

const byExpiry = { type: 'Service', principalId: 'dynamodb.amazonaws.com' }
const ofName: Pause = { selector: { kind: 'name', name: 'quiet' }, reason: 'x', actor: 'user_9', since: 1 }

/** What the function does that the table's stream calls, on the table's stream. */
async function openChanges() {
  const store = await openAwsStore([quiet, failing])
  const { appTable, streamArn } = store.resources
  const app = { ...store.clients, tableName: appTable, clock: systemClock }
  const stream = openStream(inject('emulatorUrl'), streamArn)
  const requests: ReconcileRequest[] = []
  const unreadable: unknown[] = []
  const failures: unknown[] = []
  let converged = 0
  const handle = createChangesHandler<StreamRecord>({
    decode: decodeRecord,
    counters: createCounters(app),
    async converge() {
      converged++
      return true
    },
    reconcile: async request => void requests.push(request),
    report: {
      unreadable: (_, error) => void unreadable.push(error),
      failed: error => void failures.push(error),
    },
    clock: systemClock,
  })
  return {
    store,
    handle,
    requests,
    unreadable,
    recounts: createRecounts({ ...app, entropy: createEntropy(systemClock.now) }),
    converged: () => converged,
    /** @param told what the stream tells, as it is */
    async follow(told: (record: StreamRecord) => StreamRecord = record => record) {
      for (const { shard, records } of await stream.next()) {
        expect([await handle(shard, records.map(told)), failures]).toEqual([undefined, []])
      }
    },
  }
}

async function rowsOf(store: AwsStore) {
  const tasks = (await store.items()).filter(({ sk }) => sk?.S === 'task').map(({ pk }) => String(pk?.S))
  return Promise.all(tasks.map(async id => (await store.backend.tasks.read(id)) ?? expect.fail('it is there')))
}

describe('the change stream of the table', () => {
  test('P15 H45 counts what really happened to tasks, whatever else was written', async () => {
    const { store, follow, recounts, requests, unreadable, converged } = await openChanges()
    const { engine } = store
    await store.handle(await store.submit({ payload: noise(3_000) }))
    const dead = await store.submit({ name: 'failing' })
    await store.handle(dead)
    await follow()
    await engine.requeue(localActor, dead.id, {})
    const canceled = await store.submit({ delayMs: 60_000, tags: { a: 'b' } })
    await engine.cancel(localActor, canceled.id)
    await engine.edit(localActor, (await store.submit({ delayMs: 60_000 })).id, { priority: 1 })
    await store.remove((await store.submit()).id)
    await follow()

    const recount = await recounts.begin()
    const rows = await rowsOf(store)
    for (const row of rows) recount.add(row)
    expect([rows.length, recount.differences()]).toEqual([4, 0])
    expect(new Set((await store.backend.stats.counts()).map(({ name, state }) => `${name} ${state}`))).toEqual(
      new Set(['quiet COMPLETED', 'quiet CANCELED', 'quiet PENDING', 'failing PENDING']),
    )
    const ends = await store.backend.stats.ends(0)
    expect(ends.map(({ name, state, count }) => `${name} ${state} ${count}`).sort()).toEqual([
      'failing DEAD 1',
      'quiet CANCELED 1',
      'quiet COMPLETED 1',
    ])
    expect([requests, unreadable, converged()]).toEqual([[], [], 0])
  })

  test('H90 a row that nobody can read does not hold up its shard', async () => {
    const { store, follow, unreadable } = await openChanges()
    const TableName = store.resources.tasksTable
    const key = { pk: { S: 'task_00000000000000000000000000' }, sk: { S: 'task' } }
    await store.submit()
    for (const item of [
      {},
      { n: { S: 'quiet#0' }, s: { S: 'LOST' }, ra: { N: '1' } },
      { n: { S: 'quiet#0' }, s: { S: 'DEAD' } },
    ]) {
      await store.clients.dynamodb.send(new PutItemCommand({ TableName, Item: { ...key, ...item } }))
    }
    await store.clients.dynamodb.send(new DeleteItemCommand({ TableName, Key: key }))
    await store.submit({ name: 'failing' })
    await follow()
    expect(unreadable).toHaveLength(4)
    expect((await store.backend.stats.counts()).map(({ name, count }) => [name, count]).sort()).toEqual([
      ['failing', 1],
      ['quiet', 1],
    ])
  })

  test('H90 what is not even a record is passed over', async () => {
    const { handle, unreadable } = await openChanges()
    const pause = { SequenceNumber: '1', Keys: { pk: { S: 'dispatch' }, sk: { S: 'all' } } }
    const junk: StreamRecord[] = [
      {},
      { dynamodb: {} },
      { dynamodb: { SequenceNumber: '1' } },
      { dynamodb: { ...pause, SequenceNumber: 'x' } },
      { dynamodb: { ...pause, OldImage: { p: { S: '{}' } } } },
      { dynamodb: { ...pause, OldImage: { p: { S: 'null' } } } },
      { dynamodb: { ...pause, OldImage: { p: { N: '1' } } } },
    ]
    expect(await handle('shard-1', junk)).toBeUndefined()
    expect(unreadable).toHaveLength(junk.length)
  })

  test('H66 H32 a pause has the event sources follow it, and its end has rows of its name looked for', async () => {
    const { store, follow, requests, converged } = await openChanges()
    await store.backend.dispatch.put(ofName)
    await follow()
    expect([converged(), requests]).toEqual([1, []])
    await store.backend.dispatch.remove(ofName.selector)
    await follow()
    expect([converged(), requests]).toEqual([2, [{ name: 'quiet', notBefore: expect.any(Number) }]])
  })

  test('H87 what the store removes because its time had come is no person’s doing, and lowers the count', async () => {
    const { store, follow, requests } = await openChanges()
    const row = await store.submit()
    await store.handle(row)
    await store.backend.dispatch.put(ofName)
    await follow()
    // The emulator tells nothing of these, so they are removed by hand and told as AWS tells them.
    await store.remove(row.id)
    await store.backend.dispatch.remove(ofName.selector)
    await follow(record => ({ ...record, userIdentity: byExpiry }))
    expect(requests).toEqual([])
    expect(await store.backend.stats.counts()).toEqual([])
    expect((await store.backend.stats.ends(0)).map(({ state, count }) => [state, count])).toEqual([['COMPLETED', 1]])
  })

  test('H89 the shard is the one that the event names', () => {
    expect(shardIdOf({ shardId: 'shardId-7', Records: [] })).toBe('shardId-7')
    expect(shardIdOf({ Records: [] })).toBe(shardIdOf({}))
  })
})
