import { measureAccounts } from './accounts.ts'
import type { AttemptName, Backlog, Figures, Life, LifeName } from './figures.ts'
import type { Counted } from './meter.ts'
import { document, large, random } from './payloads.ts'
import { costOf, times } from './prices.ts'
import { countRest } from './rest.ts'
import { measureSchedules } from './schedules.ts'
import { openStage, type Stage } from './stage.ts'

const FEW = 10
const BATCH = 100
const ALONE = 1
const PAGE = 50
/** Enough for a page of dead letters, after all tries. */
const BROKEN = 20
const KB = 1_024
/** Changes of a row in its life: submit, claim, end, and removal by retention. */
const CHANGES = 4
/** Changes that come at once in a queue that is busy: those of 25 tasks. */
const PORTION = 100
/** A machine that stalls has calls made that AWS's would not: what counts is the best of so many. */
const TRIES = 3

const SMALL_BACKLOG = 1_000
const LARGE_BACKLOG = 10_000

/** Has the real functions do everything once, and counts. */
export async function measure(objections: string[]): Promise<Figures> {
  const stage = await openStage()
  try {
    // What a process does once in its life.
    for (const path of ['/api/v1/tasks', '/api/v1/dispatch', '/api/v1/schedules']) await stage.request('GET', path)
    const lives = await measureLives(stage)
    const attempts = await measureAttempts(stage, lives.singly.run)
    const calls = await measureCalls(stage)
    const schedules = await measureSchedules(stage)
    const reconcile = await measureReconcile(stage)
    const backlogs = await measureBacklogs(stage)
    const accounts = await measureAccounts(stage)
    const restWithoutAccounts = countRest({ apiAuth: 'iam' })
    return { lives, attempts, calls, backlogs, reconcile, accounts, schedules, rest: countRest(), restWithoutAccounts }
  } finally {
    objections.push(...stage.meter.objections)
    await stage.close()
  }
}

async function measureLives(stage: Stage): Promise<Record<LifeName, Life>> {
  const plain = await measureLife(stage, document)
  const other = await measureLife(stage, random)
  const [busy, idle] = [await measureCounters(stage, PORTION), await measureCounters(stage, ALONE)]
  return {
    singly: { submit: plain.singly, run: plain.run, counters: busy },
    inBatches: { submit: plain.inBatches, run: plain.run, counters: busy },
    randomSingly: { submit: other.singly, run: other.run, counters: busy },
    randomInBatches: { submit: other.inBatches, run: other.run, counters: busy },
    nowAndThen: { submit: plain.singly, run: plain.runAlone, counters: idle },
  }
}

async function measureLife(stage: Stage, payload: unknown) {
  const singly = await best(stage, FEW, () => submitSingly(stage, payload))
  const inBatches = await best(stage, BATCH, () => submitBatch(stage, BATCH, { payload }))
  await stage.purge()
  await submitBatch(stage, BATCH + FEW, { payload })
  const run = await spent(stage, BATCH, () => stage.drain(BATCH))
  const runAlone = await spent(stage, FEW, () => stage.drain(FEW, ALONE))
  return { singly, inBatches, run, runAlone }
}

/** Submit, claim, end, and removal by retention: four changes of each row. */
async function measureCounters(stage: Stage, portion: number): Promise<Counted> {
  const tasks = PORTION / CHANGES
  return best(
    stage,
    tasks,
    () => stage.followChanges(PORTION, portion),
    async () => {
      await stage.expire()
      await stage.skipChanges()
      await submitBatch(stage, tasks, { payload: document })
      await stage.drain(tasks)
      await stage.expire()
    },
  )
}

async function measureAttempts(stage: Stage, succeeds: Counted): Promise<Record<AttemptName, Counted>> {
  const fail = () => spent(stage, BROKEN, () => stage.drain(BROKEN))
  const ends: { readonly isRetried: Counted; readonly isTheLast: Counted }[] = []
  for (let tries = 0; tries < TRIES; tries++) {
    await submitBatch(stage, BROKEN, { name: 'broken', payload: document })
    ends.push({ isRetried: await fail(), isTheLast: await fail() })
  }
  return {
    succeeds,
    isRetried: cheapest(ends.map(({ isRetried }) => isRetried)),
    isTheLast: cheapest(ends.map(({ isTheLast }) => isTheLast)),
  }
}

async function measureCalls(stage: Stage): Promise<Record<string, Counted>> {
  const { items } = await stage.request('GET', '/api/v1/dead-letters?limit=50')
  if (items.length < PAGE) throw new Error(`only ${items.length} tasks are dead`)
  const path = `/api/v1/tasks/${items[0].id}`
  const once = (method: string, ...given: [path: string, body?: unknown]) =>
    spent(stage, 1, () => stage.request(method, ...given))
  const calls = {
    'Read a task': await once('GET', path),
    'List 50 tasks of one name': await once('GET', '/api/v1/tasks?name=noop&limit=50'),
    'List 50 dead letters': await once('GET', '/api/v1/dead-letters?limit=50'),
    'Requeue a task': await once('POST', `${path}/requeue`),
    'Cancel a task that waits': await once('POST', `${path}/cancel`),
    'Pause a task name': await once('POST', '/api/v1/dispatch/pause', { name: 'noop', reason: 'figures' }),
    'Resume it': await once('POST', '/api/v1/dispatch/resume', { name: 'noop' }),
    'Submit for later than in 15 minutes, and the timer': await once('POST', '/api/v1/tasks', {
      name: 'noop',
      delay: '1h',
    }),
  }
  await stage.purge()
  return { ...calls, ...(await measureLarge(stage, 10)), ...(await measureLarge(stage, 200)) }
}

/** Beside the row: it is written once, and read by the attempt. */
async function measureLarge(stage: Stage, kilobytes: number): Promise<Record<string, Counted>> {
  const body = { name: 'noop', payload: large(kilobytes * KB) }
  return {
    [`Submit a payload of ${kilobytes} KB`]: await spent(stage, 1, () => stage.request('POST', '/api/v1/tasks', body)),
    [`Run it, ${kilobytes} KB`]: await spent(stage, 1, () => stage.drain(1)),
  }
}

async function measureBacklogs(stage: Stage): Promise<Backlog[]> {
  const backlogs: Backlog[] = []
  await stage.purge()
  let added = 0
  for (const waiting of [SMALL_BACKLOG, LARGE_BACKLOG]) {
    await stage.addBacklog(waiting - added)
    added = waiting
    backlogs.push({
      waiting,
      submit: await best(stage, FEW, () => submitSingly(stage, document)),
      submitInBatches: await best(stage, BATCH, () => submitBatch(stage, BATCH, { payload: document })),
      run: await spent(stage, BATCH, () => stage.drain(BATCH)),
      list: await spent(stage, 1, () => stage.request('GET', '/api/v1/tasks?name=noop&limit=50')),
    })
  }
  return backlogs
}

async function measureReconcile(stage: Stage): Promise<Counted> {
  // The first one sends what the drives have purged, and the second one only looks.
  await stage.reconcile()
  stage.take()
  const { scanned } = await stage.reconcile()
  return each(stage.take(), scanned)
}

let keys = 0
/** As our client sends them, traced. */
const headers = () => ({
  'idempotency-key': `0197f3c2-7b1a-7c3d-9e4f-${String(++keys).padStart(12, '0')}`,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
})

async function submitSingly(stage: Stage, payload: unknown): Promise<void> {
  for (let sent = 0; sent < FEW; sent++)
    await stage.request('POST', '/api/v1/tasks', { name: 'noop', payload }, headers())
}

async function submitBatch(stage: Stage, count: number, task: { name?: string; payload: unknown }): Promise<void> {
  const body = { tasks: Array.from({ length: count }, () => ({ name: 'noop', ...task })) }
  const { items } = await stage.request('POST', '/api/v1/tasks/batch', body, headers())
  const refused = items.filter(({ status }: { status: number }) => status !== 202)
  if (refused.length > 0) throw new Error(`${refused.length} tasks of a batch were refused`)
}

/** What a run has used, for each of so many tasks. */
async function spent(stage: Stage, tasks: number, run: () => Promise<unknown>): Promise<Counted> {
  stage.take()
  await run()
  return each(stage.take(), tasks)
}

async function best(
  stage: Stage,
  tasks: number,
  run: () => Promise<unknown>,
  prepare: () => Promise<unknown> = async () => {},
): Promise<Counted> {
  const all: Counted[] = []
  for (let tries = 0; tries < TRIES; tries++) {
    await prepare()
    all.push(await spent(stage, tasks, run))
  }
  return cheapest(all)
}

function cheapest(all: readonly Counted[]): Counted {
  return all.reduce((one, other) => (costOf(other.usage) < costOf(one.usage) ? other : one))
}

function each({ usage, calls, largestItem }: Counted, tasks: number): Counted {
  return {
    usage: times(usage, 1 / tasks),
    calls: Object.fromEntries(Object.entries(calls).map(([name, count]) => [name, count / tasks])),
    largestItem,
  }
}
