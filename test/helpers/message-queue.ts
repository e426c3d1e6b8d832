import type { Instant, TaskRow } from '../../shared/core/task.ts'
import { hintBody } from '../../shared/ports/hint-message.ts'
import type { Messages, Received } from '../../shared/ports/messages.ts'
import type { HintRecord } from '../../shared/worker/sqs-event.ts'
import type { ManualClock } from './clock.ts'

/** What a queue hides its messages for, when nobody says otherwise: as long as a function may run, and half a minute. */
const QUEUE_SECONDS = 930

interface Message {
  readonly messageId: string
  readonly body: string
  readonly rounds: number
  visibleAt: Instant
  receipt: string
}

export interface Call {
  readonly call: 'hide' | 'delete'
  readonly at: Instant
  readonly ids: readonly string[]
  readonly seconds?: number
}

/** A queue with the visibility of SQS, on the test's clock; calls can be made to fail, or to wait. */
export interface MessageQueue extends Messages {
  readonly calls: readonly Call[]
  send(row: Pick<TaskRow, 'id' | 'name'>, at?: Instant): string
  sendText(body: string): string
  /** What is visible now, hidden by it. */
  receive(): HintRecord[]
  /** What SQS does with the answer of a function: messages that it does not name are deleted. */
  answer(records: readonly HintRecord[], failed: readonly string[]): void
  /** Ids of the messages that are there. */
  ids(): string[]
  /** Calls that name one of these fail for it. */
  refuse(...ids: string[]): void
  /** The next calls of the queue happen after this. */
  waitFor(what: Promise<unknown>): void
}

export function createMessageQueue(clock: ManualClock): MessageQueue {
  const messages = new Map<string, Message>()
  const calls: Call[] = []
  let refused: readonly string[] = []
  let blocked: Promise<unknown> = Promise.resolve()
  let made = 0

  function sendText(body: string, at: Instant = clock.now()): string {
    const messageId = `message-${++made}`
    messages.set(messageId, { messageId, body, rounds: 0, visibleAt: at, receipt: '' })
    return messageId
  }

  /** A receipt of an earlier time does nothing to a message that has been received since. */
  function held({ messageId, receipt }: Received): Message | undefined {
    const message = messages.get(messageId)
    return message?.receipt === receipt ? message : undefined
  }

  return {
    calls,
    send: (row, at) => sendText(hintBody(row), at),
    sendText: body => sendText(body),
    receive() {
      const visible = [...messages.values()].filter(({ visibleAt }) => visibleAt <= clock.now())
      return visible.map(message => {
        message.visibleAt = clock.now() + QUEUE_SECONDS * 1_000
        message.receipt = `receipt-${++made}`
        const { messageId, receipt, body, rounds } = message
        return { messageId, receipt, body, rounds, queue: 'arn:queue' }
      })
    },
    answer(records, failed) {
      for (const record of records) {
        if (!failed.includes(record.messageId) && held(record)) messages.delete(record.messageId)
      }
    },
    ids: () => [...messages.keys()],
    refuse(...ids) {
      refused = ids
    },
    waitFor(what) {
      blocked = what
    },
    async hide(received, seconds) {
      const ids = received.map(({ messageId }) => messageId)
      calls.push({ call: 'hide', at: clock.now(), ids, seconds })
      await blocked
      const visible = new Set<string>()
      for (const each of received) {
        const message = held(each)
        if (refused.includes(each.messageId)) visible.add(each.messageId)
        else if (message) message.visibleAt = clock.now() + seconds * 1_000
      }
      return visible
    },
    async delete(received) {
      calls.push({ call: 'delete', at: clock.now(), ids: [received.messageId] })
      await blocked
      if (refused.includes(received.messageId)) throw new Error('the test has refused it')
      if (held(received)) messages.delete(received.messageId)
    },
  }
}
