import type { AttemptPorts } from '../engine/attempt-ports.ts'
import { type Disposal, handleHint } from '../engine/handle-hint.ts'
import { readHint } from '../ports/hint-message.ts'
import type { Messages } from '../ports/messages.ts'
import { beginInvocation } from './invocation.ts'
import { keepMessages } from './keep-messages.ts'
import type { BatchHandler, HintRecord } from './sqs-event.ts'

export interface BatchOptions {
  readonly ports: Omit<AttemptPorts, 'running'>
  readonly messages: Messages
  readonly report: BatchReport
}

/** What happens to messages rather than to tasks, for logs and metrics. */
export interface BatchReport {
  /** It carries no hint. It comes back until the queue puts it aside. */
  malformed(messageId: string, why: string): void
  /** It could not be hidden, or deleted early: it may come back although somebody works on its task, and is judged then. */
  notKept(messageId: string): void
  /** Its attempt had not ended when the function had to: it comes back, and the lease runs out. */
  abandoned(messageId: string): void
}

/** A dead worker's messages are back after so long, which is a little longer than a lease (P6). */
const FIRST_SECONDS = 35
/** Nothing is started with less time than this. */
const START_MS = 15_000
/** Handlers are told to stop so long before the end: a grace period, the write that gives the attempt back, and its hint. */
const STOP_MS = 10_000
/** The answer is given so long before the end, because a function that is cut off acknowledges nothing (H99). */
const ANSWER_MS = 2_000

/** Makes the attempts that a batch of messages asks for, all at once. What becomes of each message is told for each; one that nothing is told of comes back (H57). */
export function createBatchHandler({ ports, messages, report }: BatchOptions): BatchHandler {
  const { clock } = ports

  return async (records, remainingMs) => {
    const endsAt = clock.now() + remainingMs
    const fates = new Map<HintRecord, Disposal>()
    // The first act: a queue that was told nothing would keep the messages of a dead worker for as long as a function may run (H37).
    const visible = await messages.hide(records, FIRST_SECONDS)
    if (clock.now() + START_MS <= endsAt) await work(records, visible, endsAt, fates)
    // Once more, now that some time has passed: what is not hidden by us comes back only when a function could have ended.
    const open = records.filter(({ messageId }) => visible.has(messageId))
    if (open.length > 0) await messages.hide(open, FIRST_SECONDS)
    return records.flatMap(record => (fates.get(record) === 'ack' ? [] : record.messageId))
  }

  async function work(
    records: readonly HintRecord[],
    visible: ReadonlySet<string>,
    endsAt: number,
    fates: Map<HintRecord, Disposal>,
  ): Promise<void> {
    const invocation = beginInvocation(ports)
    const kept = keepMessages(records, messages, clock, ({ messageId }) => report.notKept(messageId))
    const left = endsAt - clock.now()
    const cancelStop = clock.after(left - STOP_MS, () => invocation.ports.running.stop())
    let cancelAnswer = () => {}
    const answer = new Promise<void>(resolve => {
      cancelAnswer = clock.after(left - ANSWER_MS, resolve)
    })

    async function handle(record: HintRecord): Promise<void> {
      const fate = visible.has(record.messageId) ? notHidden(record) : await attempt(record, invocation.ports)
      fates.set(record, fate)
      if (fate === 'ack') kept.done(record)
      else kept.left(record)
    }

    async function everything(): Promise<void> {
      await Promise.all(records.map(handle))
      await Promise.all([kept.end(), invocation.quiet()])
    }

    await Promise.race([everything(), answer])
    for (const { messageId } of records.filter(record => !fates.has(record))) report.abandoned(messageId)
    void kept.end()
    invocation.end()
    cancelStop()
    cancelAnswer()
  }

  /** No attempt without it: its message would come back in the midst of it. */
  function notHidden({ messageId }: HintRecord): Disposal {
    report.notKept(messageId)
    return 'leave'
  }

  /** One bad record fails alone. */
  async function attempt({ body, messageId }: HintRecord, on: AttemptPorts): Promise<Disposal> {
    const hint = readHint(body, messageId)
    if ('why' in hint) {
      report.malformed(messageId, hint.why)
      return 'leave'
    }
    try {
      return await handleHint(hint, on)
    } catch (error) {
      ports.emit({ type: 'store.failed', error })
      return 'leave'
    }
  }
}
