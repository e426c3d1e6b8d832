import { inject } from 'vitest'
import { type AwsBackend, createAwsBackend } from '../../shared/aws/backend.ts'
import { createCounters } from '../../shared/aws/counters.ts'
import { LONG_TIMEOUT_MS } from '../../shared/aws/names.ts'
import { decodeRecord } from '../../shared/aws/stream-records.ts'
import type { Hint, Instant } from '../../shared/core/task.ts'
import { judge } from '../../shared/core/verdict.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { createChangesHandler } from '../../shared/worker/changes.ts'
import { type AwsClients, type AwsResources, createClients, createResources } from './aws-resources.ts'
import type { OpenBackend, OpenOptions } from './backend-under-test.ts'
import { openStream } from './table-stream.ts'
import { createVirtualMessages, type VirtualMessages } from './virtual-messages.ts'

const DAY_MS = 86_400_000
/** After this long a message that was left comes back. */
const VISIBILITY_MS = 35_000

/** Opens the adapters of AWS on tables and queues of their own, which go with the test. */
export async function openOnAws(options: OpenOptions): Promise<OpenBackend> {
  const clients = createClients()
  const resources = await createResources(clients)
  const time = createTestTime(options.now)
  const messages = createVirtualMessages(clients, resources, () => time.now())
  const changes = followChanges(clients, resources, time)
  return opened({ clients, resources, time, messages, changes, names: options.names })
}

interface Stage {
  readonly clients: AwsClients
  readonly resources: AwsResources
  readonly time: TestTime
  readonly messages: VirtualMessages
  readonly changes: Following
  readonly names: readonly string[]
}

function opened(stage: Stage): OpenBackend {
  const { clients, resources, time, changes, names } = stage
  const backend = createAwsBackend({
    clients,
    ...resources,
    retentionMs: 7 * DAY_MS,
    names,
    isLong: row => (row.policy?.timeoutMs ?? 0) > LONG_TIMEOUT_MS,
    clock: time,
    entropy: createEntropy(() => time.now()),
  })
  return {
    ...backend,
    get stats() {
      changes.start()
      return backend.stats
    },
    received: now => received(backend, stage, now),
    reopen: async () => opened(stage),
    async close() {
      await changes.end()
      await resources.remove()
      clients.destroy()
    },
  }
}

/** The hints that a worker acts upon: it gives back those that are early, as the row that won tells it to. */
async function received(backend: AwsBackend, { messages, time }: Stage, now: Instant): Promise<readonly Hint[]> {
  time.atLeast(now)
  const acted: Hint[] = []
  for (const hint of await messages.take(now)) {
    const row = await backend.tasks.read(hint.task)
    if (row?.wakeAt !== undefined && row.wakeAt <= now) {
      acted.push(hint)
      continue
    }
    const verdict = judge(hint, row, now)
    if (verdict.do === 'look again') await backend.hints.send(verdict.row, verdict.at)
    else if (verdict.do === 'leave') messages.leave(hint, now + VISIBILITY_MS)
  }
  return acted
}

interface Following {
  /** From the first look at the counters on. */
  start(): void
  end(): Promise<void>
}

const FOLLOW_MS = 10

/** Does what the function does that the table's stream calls. */
function followChanges({ dynamodb }: AwsClients, { appTable, streamArn }: AwsResources, clock: Clock): Following {
  const report = (what: unknown) => {
    throw new Error('a change could not be counted', { cause: what })
  }
  const handle = createChangesHandler({
    decode: decodeRecord,
    counters: createCounters({ dynamodb, tableName: appTable, clock }),
    converge: async () => true,
    reconcile: async () => {},
    report: { unreadable: (_, error) => report(error), failed: report },
    clock,
  })
  const stream = openStream(inject('emulatorUrl'), streamArn)
  let ended = false
  let following: Promise<void> | undefined

  async function follow(): Promise<void> {
    while (!ended) {
      for (const { shard, records } of await stream.next()) await handle(shard, records)
      await new Promise<void>(resolve => void clock.after(FOLLOW_MS, resolve))
    }
  }

  return {
    start() {
      following ??= follow()
    },
    async end() {
      ended = true
      await following
    },
  }
}

/** The test's hands, and the machine's timers: deadlines are real, because the emulator is. */
interface TestTime extends Clock {
  /** It is no earlier than that. */
  atLeast(now: Instant): void
}

function createTestTime(now: () => Instant): TestTime {
  let latest = 0
  return {
    now: () => Math.max(latest, now()),
    after: systemClock.after,
    atLeast(instant) {
      latest = Math.max(latest, instant)
    },
  }
}
