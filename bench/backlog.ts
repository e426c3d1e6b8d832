import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { localActor } from '../shared/core/actor.ts'
import { createRegistry, defineTask } from '../shared/core/definition.ts'
import { openEmbedded } from '../shared/runtime/embedded.ts'
import { createLocalClient } from '../shared/runtime/local-client.ts'
import { median } from './table.ts'

/** Does it get slower when much is waiting? `--backlog N` due tasks, or `--backlog paused:N` due tasks of a paused name. */
export interface BacklogFigures {
  readonly scenario: string
  readonly submitPerSecond: number
  readonly drainPerSecond: number
  /** Submit and drain of each round. */
  readonly rounds: readonly (readonly [number, number])[]
  /** Only where nothing else is due: behind the paused name. */
  readonly idleMs?: { readonly p50: number; readonly p95: number; readonly p99: number }
  readonly rssMb: number
  readonly fileMb: number
}

const { values: given } = parseArgs({
  options: {
    backlog: { type: 'string', default: '1000' },
    tasks: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '300' },
    /** Wait for a line on standard input before each round, so that rounds of several backlogs can take turns. */
    turns: { type: 'boolean', default: false },
  },
})
const paused = given.backlog.startsWith('paused:')
const backlog = Number(given.backlog.replace('paused:', ''))
const tasks = Number(given.tasks)
const payload = 'x'.repeat(98)

const folder = await mkdtemp(join(process.env.PULSE_BENCH_FOLDER ?? tmpdir(), 'pulse-backlog-'))
let handled = 0
let target = Number.POSITIVE_INFINITY
let reached = () => {}
const count = () => {
  if (++handled === target) reached()
}
const noop = defineTask({ name: 'noop', run: count })
const parked = defineTask({ name: 'parked', run: count })
const queue = await openEmbedded({ registry: createRegistry([noop, parked]), folder, concurrency: 100 })
const client = createLocalClient(queue.engine)

async function submit(total: number, submitters: number, name: 'noop' | 'parked'): Promise<number> {
  let left = total
  const start = performance.now()
  await Promise.all(
    Array.from({ length: submitters }, async () => {
      while (left-- > 0) await client.enqueue(name, payload)
    }),
  )
  return (total / (performance.now() - start)) * 1_000
}

/** Handles `total` of what is due, then stops taking more. */
async function drain(total: number): Promise<number> {
  target = handled + total
  const done = new Promise<void>(resolve => {
    reached = resolve
  })
  const keepAlive = setInterval(() => {}, 1_000)
  const start = performance.now()
  queue.start()
  await done
  const took = performance.now() - start
  await queue.drain(1_000)
  clearInterval(keepAlive)
  return (total / took) * 1_000
}

async function dispatchOne(): Promise<number> {
  target = handled + 1
  const done = new Promise<number>(resolve => {
    reached = () => resolve(performance.now())
  })
  const start = performance.now()
  await client.enqueue(noop, payload)
  const at = await done
  await sleep(3 + Math.random() * 5)
  return at - start
}

if (paused) await queue.engine.pause(localActor, { kind: 'name', name: 'parked' }, 'bench')
await submit(backlog, 1_000, paused ? 'parked' : 'noop')

const submits: number[] = []
const drains: number[] = []
const turns = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
for (let round = 0; round < Number(given.rounds); round++) {
  if (given.turns) {
    console.log('ready')
    await turns.next()
  }
  submits.push(await submit(tasks, 64, 'noop'))
  drains.push(await drain(tasks))
}

process.stdin.destroy()

let idleMs: BacklogFigures['idleMs']
if (paused) {
  queue.start()
  const latencies: number[] = []
  for (let index = 0; index < Number(given.idle); index++) latencies.push(await dispatchOne())
  latencies.sort((a, b) => a - b)
  const percentile = (share: number) => latencies[Math.max(0, Math.ceil(latencies.length * share) - 1)] ?? Number.NaN
  idleMs = { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) }
}
const rssMb = process.memoryUsage().rss / 2 ** 20
await queue.drain(1_000)
await queue.close()
const { size } = await stat(join(folder, 'pulse.db'))
await rm(folder, { recursive: true })
const figures: BacklogFigures = {
  scenario: given.backlog,
  submitPerSecond: median(submits),
  drainPerSecond: median(drains),
  rounds: submits.map((submit, index) => [submit, drains[index] ?? Number.NaN]),
  ...(idleMs && { idleMs }),
  rssMb,
  fileMb: size / 2 ** 20,
}
console.log(JSON.stringify(figures))
