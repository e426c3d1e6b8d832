import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { localActor } from '../shared/core/actor.ts'
import { createRegistry, defineTask } from '../shared/core/definition.ts'
import { systemClock } from '../shared/runtime/clock.ts'
import { type Embedded, openEmbedded } from '../shared/runtime/embedded.ts'
import { median, table } from './table.ts'

/**
 * What do schedules cost? The same number of due ones among few and among very many, in turns; many that are due at once; and a start
 * with very many.
 */
const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    schedules: { type: 'string', default: '100,10000,100000' },
    due: { type: 'string', default: '100' },
    once: { type: 'string', default: '5000' },
  },
})
const rounds = Number(given.rounds)
const sizes = given.schedules.split(',').map(Number)
const due = Number(given.due)
const PAGE = 100
const PAGES = 20
const AT_ONCE = 256
const MINUTE_MS = 60_000
const YEAR_MS = 365 * 86_400_000

const folder = mkdtempSync(join(process.env.PULSE_BENCH_FOLDER ?? tmpdir(), 'pulse-schedules-'))
let aheadMs = 0
let fired = () => {}
/** The machine's, with the hands set forward. */
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
const always = () => true

try {
  const contenders = []
  for (const size of sizes) contenders.push(await prepare(size))
  await looks(contenders)
  await manyAtOnce()
  for (const { queue } of contenders) await queue.close()
  const figures = []
  for (const { size } of contenders) figures.push(await start(size))
  console.log(table(figures))
} finally {
  rmSync(folder, { recursive: true })
}

interface Contender {
  readonly size: number
  readonly queue: Embedded
  readonly createdPerSecond: number
}

function open(name: string): Promise<Embedded> {
  return openEmbedded({
    registry: createRegistry([defineTask({ name: 'noop', run: () => {} })]),
    folder: join(folder, name),
    clock,
    emit: event => {
      if (event.type === 'schedule.fired') fired()
    },
  })
}

/** Of all schedules, some are due each minute and the others in a year. */
async function prepare(size: number): Promise<Contender> {
  const queue = await open(`${size}`)
  const begun = performance.now()
  await create(queue, size, index => (index < due ? MINUTE_MS : YEAR_MS))
  const createdPerSecond = size / ((performance.now() - begun) / 1_000)
  return { size, queue, createdPerSecond }
}

async function create({ schedules }: Embedded, count: number, everyMs: (index: number) => number): Promise<void> {
  for (let start = 0; start < count; start += AT_ONCE) {
    const indexes = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, index) => start + index)
    await Promise.all(
      indexes.map(index =>
        schedules.create(localActor, { name: `${index}`, task: { name: 'noop' }, everyMs: everyMs(index) }),
      ),
    )
  }
}

async function looks(contenders: readonly Contender[]): Promise<void> {
  const times = contenders.map(() => ({ look: [] as number[], idle: [] as number[], page: [] as number[] }))
  for (let round = 0; round <= rounds; round++) {
    aheadMs += MINUTE_MS
    // To and fro: on a shared machine who comes first is at an advantage, or at a disadvantage.
    const order = [...contenders.keys()]
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const { queue } = contenders[index] as Contender
      const look = await timeOf(() => queue.schedules.fireDue(always))
      const idle = await timeOf(() => queue.schedules.fireDue(always))
      const page = await timeOf(() => list(queue))
      // The first round is for the compiler.
      if (round === 0) continue
      times[index]?.look.push((look * 1_000) / due)
      times[index]?.idle.push(idle)
      times[index]?.page.push(page / PAGES)
    }
  }
  const first = times[0]
  const against = (values: readonly number[], others: readonly number[] = []) =>
    median(values.map((value, index) => value / (others[index] ?? Number.NaN)))
  const rows = contenders.map(({ size, createdPerSecond }, index) => {
    const { look, idle, page } = times[index] ?? { look: [], idle: [], page: [] }
    return {
      schedules: `${size.toLocaleString('en-US')}, ${due} due`,
      'look, µs per due': median(look),
      'against the first': against(look, first?.look),
      'nothing due, ms': median(idle),
      'page of 100, ms': median(page),
      'page, against the first': against(page, first?.page),
      'created per second': createdPerSecond,
    }
  })
  console.log(table(rows))
}

/** Pages one after the other, from the first one again when there are no more. */
async function list({ schedules }: Embedded): Promise<void> {
  let after: string | undefined
  for (let page = 0; page < PAGES; page++)
    after = (await schedules.list(localActor, { limit: PAGE, ...(after !== undefined && { after }) })).next
}

async function manyAtOnce(): Promise<void> {
  const count = Number(given.once)
  const queue = await open('once')
  await create(queue, count, () => MINUTE_MS)
  const rates: number[] = []
  const blocks: number[] = []
  for (let round = 0; round < Math.min(rounds, 5); round++) {
    aheadMs += MINUTE_MS
    const watch = watchLoop()
    const ms = await timeOf(() => queue.schedules.fireDue(always))
    blocks.push(watch.longest())
    rates.push(count / (ms / 1_000))
  }
  await queue.close()
  console.log(
    table([{ 'due at once': count, 'occurrences per second': median(rates), 'longest block, ms': median(blocks) }]),
  )
}

/** From the start until what was due meanwhile has become tasks, and until all schedules were read. */
async function start(size: number) {
  aheadMs += MINUTE_MS
  const begun = performance.now()
  const queue = await open(`${size}`)
  const opened = performance.now() - begun
  let left = due
  const allFired = new Promise<void>(resolve => {
    fired = () => {
      if (--left === 0) resolve()
    }
  })
  const watch = watchLoop()
  queue.start()
  await allFired
  const firedAfter = performance.now() - begun
  // Once more, alone: the start does the same beside what it fires.
  const allRead = await timeOf(() => queue.schedules.rewind(always))
  await queue.drain(0)
  await queue.close()
  return {
    'start with': size,
    'open, ms': opened,
    'until those due have fired, ms': firedAfter,
    'all read, ms': allRead,
    'longest block, ms': watch.longest(),
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** How long the event loop was kept from going on, at most. */
function watchLoop(): { longest(): number } {
  let last = performance.now()
  let longest = 0
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  return {
    longest() {
      look()
      clearInterval(timer)
      return longest
    },
  }
}
