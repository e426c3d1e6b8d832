import { createHash } from 'node:crypto'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Instant, TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import { hintBody } from '../ports/hint-message.ts'
import type { HintQueue } from '../ports/hint-queue.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { type Lane, laneOf } from './names.ts'
import { createOutbox, type Place } from './outbox.ts'
import type { Timers } from './timers.ts'

export interface AwsHintQueue extends HintQueue {
  /** Announces that a commit under way may send a hint, so that hints of commits that run together share a call. */
  expect(): Expected
  /** A dead letter that goes on its way again; the message says how often it has. */
  sendAgain(row: TaskRow, at: Instant, rounds: number): Promise<void>
}

/** The hint of a commit under way. Exactly one of both is called, once. */
export interface Expected {
  /** @throws StoreUnavailable when nobody can tell whether it was sent, or it was not */
  send(row: TaskRow, at: Instant): Promise<void>
  /** The commit sends none. */
  drop(): void
}

export interface HintQueueOptions {
  readonly sqs: SQSClient
  readonly queues: Readonly<Record<Lane, { readonly url: string }>>
  /** Without it a hint for later than a message can wait is sent early; who looks at it sends the next one. */
  readonly timers?: Timers | undefined
  /** Whether a task travels in the lane `long`. */
  readonly isLong: (row: TaskRow) => boolean
  readonly clock: Clock
}

/** The longest delay of a message. */
const LONGEST_DELAY_SECONDS = 900

export function createHintQueue({ sqs, queues, timers, isLong, clock }: HintQueueOptions): AwsHintQueue {
  const outbox = createOutbox(sqs, clock)

  async function send(expected: Place, row: TaskRow, at: Instant, rounds?: number): Promise<void> {
    let place = expected
    const lane = laneOf(row.priority, isLong(row))
    // Rounded up, so that a hint that is ahead is at least a second ahead: nobody looks at a row before its time for nothing (H30).
    const delaySeconds = Math.max(0, Math.ceil((at - clock.now()) / 1_000))
    if (delaySeconds > LONGEST_DELAY_SECONDS && timers) {
      place.drop()
      if (await isTimed(timers, row, lane, at)) return
      place = outbox.expect()
    }
    await place.put(queues[lane].url, {
      body: hintBody(row),
      delaySeconds: Math.min(delaySeconds, LONGEST_DELAY_SECONDS),
      group: groupOf(row.owner),
      ...(rounds !== undefined && { rounds }),
    })
  }

  /** Schedules are limited in rate and in number. Where there is none, a message is as late as it can be: who looks at it tries again. */
  async function isTimed(on: Timers, row: TaskRow, lane: Lane, at: Instant): Promise<boolean> {
    try {
      await on.hintAt(row, lane, at)
      return true
    } catch (error) {
      if (error instanceof StoreUnavailable) return false
      throw error
    }
  }

  /** The row is stored, and nobody has been told of it: the caller has to know both (H6). */
  async function announce(place: Place, row: TaskRow, at: Instant): Promise<void> {
    try {
      await send(place, row, at)
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      throw new StoreUnavailable('the task is stored, but its hint was not sent', { cause: error, task: row.id })
    }
  }

  return {
    send: (row, at) => announce(outbox.expect(), row, at),
    sendAgain: (row, at, rounds) => send(outbox.expect(), row, at, rounds),
    expect() {
      const place = outbox.expect()
      return { send: (row, at) => announce(place, row, at), drop: place.drop }
    },
  }
}

/** What SQS takes as the id of a message group. */
const GROUP = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/

/** Any text names an owner; a hash stands for one that cannot name a group. */
function groupOf(owner: string): string {
  return GROUP.test(owner) ? owner : createHash('sha256').update(owner).digest('base64url')
}
