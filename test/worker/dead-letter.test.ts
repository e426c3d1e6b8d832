import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { type Gate, openGate } from '../../shared/core/dispatch.ts'
import { claim, heartbeat } from '../../shared/core/transitions.ts'
import { hintBody } from '../../shared/ports/hint-message.ts'
import { createDeadLetterHandler } from '../../shared/worker/dead-letter.ts'
import type { HintRecord } from '../../shared/worker/sqs-event.ts'
import { at } from '../helpers/clock.ts'
import { admin } from '../helpers/engine.ts'
import { openStore } from '../helpers/engine-workers.ts'

const LIMIT_MS = 60_000
const plain = defineTask({ name: 'plain', retry: { maxAttempts: 3 }, run: () => 'done' })

/** A consumer of dead letters on a store, and what it has done. */
function openConsumer(gate: Gate = openGate) {
  const store = openStore([plain])
  const sent: { readonly task: string; readonly at: number; readonly rounds: number }[] = []
  const aside: { readonly messageId: string; readonly body: string; readonly why: string }[] = []
  const reports: (readonly [string, ...unknown[]])[] = []
  let refusing = false
  const refuse = () => {
    if (refusing) throw new Error('the test has cut the line')
  }
  const handle = createDeadLetterHandler({
    tasks: store.backend.tasks,
    hints: {
      async sendAgain(row, at, rounds) {
        refuse()
        sent.push({ task: row.id, at, rounds })
      },
    },
    gate: () => gate,
    async quarantine({ messageId, body, why }) {
      refuse()
      aside.push({ messageId, body, why })
    },
    clock: store.clock,
    report: {
      sentAgain: ({ task }, rounds) => reports.push(['sentAgain', task, rounds]),
      unknownTask: ({ task }) => reports.push(['unknownTask', task]),
      quarantined: (messageId, why) => reports.push(['quarantined', messageId, why]),
      failed: messageId => reports.push(['failed', messageId]),
    },
  })
  return {
    store,
    sent,
    aside,
    reports,
    refuseCalls: (on: boolean) => {
      refusing = on
    },
    handle: (records: readonly HintRecord[], remainingMs = LIMIT_MS) => handle(records, remainingMs),
  }
}

let made = 0
function record(body: string, rounds = 0): HintRecord {
  return { messageId: `dead-${++made}`, receipt: 'r', queue: 'arn:aws:sqs:eu-west-1:1:pulse-3-dlq', body, rounds }
}

describe('a dead letter', () => {
  test('H53 of a task that still waits is sent again a quarter of an hour later, and counted', async () => {
    const { store, handle, sent, aside, reports } = openConsumer()
    const row = await store.submit()
    expect(await handle([record(hintBody(row))])).toEqual([])
    expect(sent).toEqual([{ task: row.id, at: at('10:15:00'), rounds: 1 }])
    expect(await handle([record(hintBody(row), 3)])).toEqual([])
    expect(sent[1]).toEqual({ task: row.id, at: at('10:15:00'), rounds: 4 })
    expect(aside).toEqual([])
    expect(reports).toEqual([
      ['sentAgain', row.id, 1],
      ['sentAgain', row.id, 4],
    ])
    // Nobody has tried to run it, so nothing is charged, and it is not dead.
    expect(await store.row(row.id)).toEqual(row)
  })

  test('H53 is put aside after four rounds, as it was, and its task stays as it is', async () => {
    const { store, handle, sent, aside, reports } = openConsumer()
    const row = await store.submit()
    const message = record(hintBody(row), 4)
    expect(await handle([message])).toEqual([])
    expect(sent).toEqual([])
    expect(aside).toEqual([
      { messageId: message.messageId, body: hintBody(row), why: 'after 4 rounds no worker could process it' },
    ])
    expect(reports).toEqual([['quarantined', message.messageId, 'after 4 rounds no worker could process it']])
    expect(await store.row(row.id)).toEqual(row)
  })

  test('H53 of a task that runs, or whose worker died, is judged by its row alone', async () => {
    const { store, handle, sent } = openConsumer()
    const row = await store.submit()
    const lease = { task: row.id, token: 'token-7', endsAt: at('10:00:30') }
    await store.backend.tasks.commit(claim({ task: row.id, name: 'plain', messageId: 'm' }, lease, at('10:00:00')))
    const running = await store.row(row.id)
    expect(await handle([record(hintBody(row))])).toEqual([])
    expect(sent).toEqual([{ task: row.id, at: at('10:15:00'), rounds: 1 }])
    expect(await store.row(row.id)).toEqual(running)
    await store.backend.tasks.commit(heartbeat({ ...lease, endsAt: at('11:00:00') }))
    await handle([record(hintBody(row))])
    expect(sent[1]).toEqual({ task: row.id, at: at('11:00:02'), rounds: 1 })
  })

  test('H53 of a task that waits for later is sent again for its own time', async () => {
    const { store, handle, sent } = openConsumer()
    const row = await store.submit({ delayMs: 3 * 3_600_000 })
    await handle([record(hintBody(row))])
    expect(sent).toEqual([{ task: row.id, at: at('13:00:00'), rounds: 1 }])
  })

  test('H56 that is old, because its task has ended since or is gone, does nothing', async () => {
    const { store, handle, sent, aside, reports } = openConsumer()
    const row = await store.submit()
    await store.engine.cancel(admin, row.id)
    const canceled = await store.row(row.id)
    const gone = { id: 'task_00000000000000000000000000', name: 'plain' }
    expect(await handle([record(hintBody(row), 4), record(hintBody(gone), 4)])).toEqual([])
    expect([sent, aside]).toEqual([[], []])
    expect(reports).toEqual([['unknownTask', gone.id]])
    expect(await store.row(row.id)).toEqual(canceled)
    expect(await store.backend.tasks.read(gone.id)).toBeUndefined()
  })

  test.each([
    ['everything', { ...openGate, all: true }],
    ['its priority', { ...openGate, priorities: [3 as const] }],
    ['its name', { ...openGate, names: new Set(['plain']) }],
  ])('H67 under a pause of %s costs no round: to be received meanwhile is nobody’s failure', async (_, gate) => {
    const { store, handle, sent, aside } = openConsumer(gate)
    const row = await store.submit({ priority: 3 })
    expect(await handle([record(hintBody(row), 4), record(hintBody(row), 1)])).toEqual([])
    expect(sent.map(({ rounds }) => rounds)).toEqual([4, 1])
    expect(aside).toEqual([])
  })

  test('H67 under a pause of something else is counted as ever', async () => {
    const { store, handle, sent } = openConsumer({ all: false, priorities: [2], names: new Set(['other']) })
    const row = await store.submit({ priority: 3 })
    await handle([record(hintBody(row), 2)])
    expect(sent.map(({ rounds }) => rounds)).toEqual([3])
  })

  test('that is no hint is put aside at once', async () => {
    const { handle, aside } = openConsumer()
    const message = record('{"hello":"world"}')
    expect(await handle([message])).toEqual([])
    const why = '"task" is not the id of a task'
    expect(aside).toEqual([{ messageId: message.messageId, body: message.body, why }])
  })

  test('H57 that could not be judged, sent again or put aside comes back, alone', async () => {
    const { store, handle, sent, reports, refuseCalls } = openConsumer()
    const row = await store.submit()
    const records = [
      record(hintBody(row)),
      record('nonsense'),
      record(hintBody({ ...row, id: `${row.id.slice(0, -1)}Z` })),
    ]
    const [first, second, third] = records.map(({ messageId }) => messageId)
    refuseCalls(true)
    expect(await handle(records)).toEqual([first, second])
    refuseCalls(false)
    store.faults.down(true)
    expect(await handle(records)).toEqual([first, third])
    expect(sent).toEqual([])
    expect(
      reports
        .filter(([what]) => what === 'failed')
        .map(([, id]) => id)
        .sort(),
    ).toEqual([first, second, first, third].sort())
  })

  test('H99 is not begun with in the last seconds of a function', async () => {
    const { store, handle, sent } = openConsumer()
    const message = record(hintBody(await store.submit()))
    expect(await handle([message], 9_999)).toEqual([message.messageId])
    expect(sent).toEqual([])
    expect(await handle([message], 10_000)).toEqual([])
  })
})
