import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

export interface Options {
  tasks: number
  submitters: number
  inflight: number
  payload: number
  idle: number
  /** Seconds. */
  warmup: number
}

export interface Task {
  id: number
  pad: string
}

export interface Peer {
  submit(task: Task): Promise<void>
  start(): Promise<void>
  /** Asked of the store, so that a handler having run is not mistaken for a task being recorded as done. */
  unfinished(): Promise<number>
  stop(): Promise<void>
}

export interface Description {
  /** What `open` answers has run for `warmup` seconds: for those whose workers can be stopped and started again. */
  warmsItself?: boolean
  name: string
  version: string
  settings: Record<string, unknown>
  open(options: Options, handle: (task: Task) => void): Promise<Peer>
}

const deadlineMs = 300_000

function options(): Options {
  const { values } = parseArgs({
    options: {
      tasks: { type: 'string', default: '10000' },
      submitters: { type: 'string', default: '64' },
      inflight: { type: 'string', default: '100' },
      payload: { type: 'string', default: '100' },
      idle: { type: 'string', default: '300' },
      warmup: { type: 'string', default: '0' },
    },
  })
  return {
    tasks: Number(values.tasks),
    submitters: Number(values.submitters),
    inflight: Number(values.inflight),
    payload: Number(values.payload),
    idle: Number(values.idle),
    warmup: Number(values.warmup),
  }
}

/** The size is that of the JSON on the wire: every peer then stores the same bytes whatever its own encoding adds. */
function task(id: number, payload: number): Task {
  const bare = JSON.stringify({ id, pad: '' }).length
  if (bare > payload) throw new Error(`--payload must be at least ${bare}`)
  return { id, pad: 'x'.repeat(payload - bare) }
}

/** Duplicates are counted apart: one lost and one repeated task would otherwise cancel out in the total. */
class Ledger {
  readonly #seen = new Set<number>()
  readonly #waiting = new Map<number, (at: number) => void>()
  #repeated = 0
  #target = 0
  #reached = (_at: number): void => {}

  readonly handle = (task: Task): void => {
    const at = performance.now()
    if (this.#seen.has(task.id)) this.#repeated++
    this.#seen.add(task.id)
    this.#waiting.get(task.id)?.(at)
    if (this.#seen.size === this.#target) this.#reached(at)
  }

  all(count: number): Promise<number> {
    this.#target = count
    return new Promise(resolve => {
      this.#reached = resolve
    })
  }

  one(id: number): Promise<number> {
    return new Promise(resolve => this.#waiting.set(id, resolve))
  }

  check(stage: string, expected: number): void {
    if (this.#seen.size === expected && this.#repeated === 0) return
    throw new Error(`${stage}: handled ${this.#seen.size} of ${expected} tasks, ${this.#repeated} of them again`)
  }
}

async function submitAll(peer: Peer, { tasks, submitters, payload }: Options): Promise<number> {
  let next = 0
  const submitter = async (): Promise<void> => {
    while (next < tasks) await peer.submit(task(next++, payload))
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: submitters }, submitter))
  return performance.now() - start
}

async function untilSettled(peer: Peer): Promise<number> {
  while ((await peer.unfinished()) > 0) await sleep(1)
  return performance.now()
}

async function drain(peer: Peer, ledger: Ledger, tasks: number): Promise<{ drained: number; settled: number }> {
  const waiting = await peer.unfinished()
  if (waiting !== tasks) throw new Error(`submit: the store holds ${waiting} of ${tasks} tasks`)
  const handled = ledger.all(tasks)
  const start = performance.now()
  await peer.start()
  const drained = (await handled) - start
  return { drained, settled: (await untilSettled(peer)) - start }
}

/** The pause varies so that it cannot fall into step with a peer's polling and flatter or punish it. */
async function dispatch(peer: Peer, ledger: Ledger, { tasks, idle, payload }: Options): Promise<number[]> {
  const latencies: number[] = []
  await sleep(500)
  for (let id = tasks; id < tasks + idle; id++) {
    const one = task(id, payload)
    const handled = ledger.one(id)
    const start = performance.now()
    const submitted = peer.submit(one)
    latencies.push((await handled) - start)
    await submitted
    await sleep(3 + Math.random() * 5)
  }
  await untilSettled(peer)
  return latencies.sort((a, b) => a - b)
}

/** Nearest rank, so that a reported figure is always one that was really seen. */
function percentile(sorted: number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return Math.round(value * 1000) / 1000
}

const warmUpTasks = 5_000

/** A service that has run for a minute is compiled; so is, then, what is measured. Go peers need none. */
async function warmUp(open: Description['open'], given: Options): Promise<void> {
  for (const end = performance.now() + given.warmup * 1_000; performance.now() < end; ) {
    const ledger = new Ledger()
    const peer = await open(given, ledger.handle)
    await submitAll(peer, { ...given, tasks: warmUpTasks })
    await drain(peer, ledger, warmUpTasks)
    await peer.stop()
  }
}

export async function measure({ name, version, settings, open, warmsItself }: Description): Promise<void> {
  const watchdog = setTimeout(() => {
    console.error(`${name}: not done after ${deadlineMs} ms`)
    process.exit(1)
  }, deadlineMs)
  const given = options()
  if (!warmsItself) await warmUp(open, given)
  const ledger = new Ledger()
  const peer = await open(given, ledger.handle)
  try {
    const submitted = await submitAll(peer, given)
    const { drained, settled } = await drain(peer, ledger, given.tasks)
    ledger.check('drain', given.tasks)
    const idle = await dispatch(peer, ledger, given)
    ledger.check('idle', given.tasks + given.idle)
    const perSecond = (ms: number): number => Math.round((given.tasks / ms) * 1000)
    const line = {
      name,
      version,
      submitPerSecond: perSecond(submitted),
      drainPerSecond: perSecond(drained),
      settledPerSecond: perSecond(settled),
      idleMs: { p50: percentile(idle, 0.5), p95: percentile(idle, 0.95), p99: percentile(idle, 0.99) },
      settings,
    }
    console.log(JSON.stringify(line))
  } finally {
    await peer.stop()
    clearTimeout(watchdog)
  }
}

export function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

/** Read from disk because not every package exports its manifest. */
export async function versionOf(name: string): Promise<string> {
  const manifest = await readFile(join(import.meta.dirname, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
