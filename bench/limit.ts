import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SQLOutputValue } from 'node:sqlite'
import { parseArgs } from 'node:util'
import type { TaskRow } from '../shared/core/task.ts'
import { taskId } from '../shared/core/task-id.ts'
import { createEntropy } from '../shared/runtime/entropy.ts'
import { openFile } from '../shared/sqlite/open.ts'
import { columns, encodeRow, SELECTED } from '../shared/sqlite/row-codec.ts'

/**
 * The ceiling of the design: the statements that Pulse sends to SQLite for the same work, on its own table, indexes and settings, in
 * groups of the same size, and nothing else: no promises, no handlers, no decisions.
 */
const { values: given } = parseArgs({
  options: {
    tasks: { type: 'string', default: '10000' },
    submitters: { type: 'string', default: '64' },
    inflight: { type: 'string', default: '100' },
    payload: { type: 'string', default: '100' },
    idle: { type: 'string' },
    warmup: { type: 'string', default: '0' },
  },
})
const submitters = Number(given.submitters)
const inflight = Number(given.inflight)
const entropy = createEntropy(Date.now)
const payload = JSON.stringify('x'.repeat(Number(given.payload) - 2))

const at = (column: (typeof columns)[number]) => columns.indexOf(column)
const [VERSION, HISTORY] = [at('version'), at('history')]
const SEQ = columns.length

function run(tasks: number): { submitPerSecond: number; drainPerSecond: number } {
  const folder = mkdtempSync(join(process.env.PULSE_BENCH_FOLDER ?? tmpdir(), 'pulse-limit-'))
  const file = openFile(folder)
  const { db } = file
  const insert = db.prepare(
    `INSERT INTO task (${columns.map(column => `"${column}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`,
  )
  const receive = db.prepare(
    `SELECT ${SELECTED} FROM task WHERE priority = ? AND name = ? AND wakeAt IS NOT NULL ORDER BY wakeAt LIMIT ?`,
  )
  receive.setReturnArrays(true)
  const claim = db.prepare(
    'UPDATE task SET state = ?, attempt = ?, attemptsLeft = ?, leaseToken = ?, heldBy = ?, wakeAt = ?, startedAt = ?, progress = ?, version = ?, history = ? WHERE seq = ?',
  )
  const complete = db.prepare(
    'UPDATE task SET state = ?, finishedAt = ?, leaseToken = ?, heldBy = ?, wakeAt = ?, version = ?, result = ?, resultAt = ?, history = ? WHERE seq = ?',
  )
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')

  const start = performance.now()
  for (let done = 0; done < tasks; ) {
    begin.run()
    for (let index = 0; index < submitters && done < tasks; index++, done++) insert.run(...encodeRow(newRow()))
    file.countGroup()
    commit.run()
  }
  const submitted = performance.now()
  let held: SQLOutputValue[][] = []
  for (let done = 0; done < tasks; ) {
    const now = Date.now()
    const received = receive.all(3, 'noop', inflight + 1) as unknown as SQLOutputValue[][]
    begin.run()
    for (const cells of held) {
      complete.run(
        'COMPLETED',
        now,
        null,
        null,
        null,
        Number(cells[VERSION]) + 2,
        'null',
        null,
        `${cells[HISTORY]},[${now},"COMPLETED",1]]`,
        Number(cells[SEQ]),
      )
      done++
    }
    // A row that is running stands in the index at the end of its lease, which is ahead.
    held = received.filter(cells => Number(cells[at('wakeAt')]) <= now).slice(0, inflight)
    for (const cells of held) {
      const history = `${String(cells[HISTORY]).slice(0, -1)},[${now},"RUNNING"]]`
      claim.run(
        'RUNNING',
        1,
        4,
        entropy.token(),
        'row',
        now + 32_000,
        now,
        null,
        Number(cells[VERSION]) + 1,
        history,
        Number(cells[SEQ]),
      )
      cells[HISTORY] = history.slice(0, -1)
    }
    file.countGroup()
    commit.run()
  }
  const drained = performance.now()
  const left = db.prepare(`SELECT count(*) AS count FROM task WHERE state <> 'COMPLETED'`).get()
  if (left?.count !== 0) throw new Error(`${left?.count} tasks are not completed`)
  file.close()
  rmSync(folder, { recursive: true })
  return {
    submitPerSecond: Math.round((tasks / (submitted - start)) * 1_000),
    drainPerSecond: Math.round((tasks / (drained - submitted)) * 1_000),
  }
}

function newRow(): TaskRow {
  const now = Date.now()
  return {
    id: taskId(entropy.id()),
    name: 'noop',
    owner: 'local',
    priority: 3,
    state: 'PENDING',
    run: 1,
    attempt: 0,
    attemptsLeft: 5,
    maxAttempts: 5,
    runAt: now,
    wakeAt: now,
    createdAt: now,
    version: now,
    schemaVersion: 1,
    payload,
    history: [{ at: now, to: 'PENDING' }],
  }
}

for (const end = performance.now() + Number(given.warmup) * 1_000; performance.now() < end; ) run(5_000)
const figures = run(Number(given.tasks))
console.log(
  JSON.stringify({
    name: 'limit',
    version: process.version,
    ...figures,
    settledPerSecond: figures.drainPerSecond,
    settings: { synchronous: 'FULL' },
  }),
)
