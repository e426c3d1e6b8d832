import { createHash } from 'node:crypto'
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  type SchedulerClient,
  type Target,
} from '@aws-sdk/client-scheduler'
import type { Instant, TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import { hintBody } from '../ports/hint-message.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import type { Lane } from './names.ts'

/** What happens too far ahead for the delay of a message: schedules that fire once and delete themselves. */
export interface Timers {
  /** Has a hint of the row sent about then. */
  hintAt(row: TimedRow, lane: Lane, at: Instant): Promise<void>
  /** Has reconcile go through what a pause held back, once it has ended by itself. @param key of the pause */
  resumeAt(key: string, at: Instant): Promise<void>
}

export type TimedRow = Pick<TaskRow, 'id' | 'name' | 'traceparent'>

export interface TimerOptions {
  readonly scheduler: SchedulerClient
  /** Of the schedules. */
  readonly group: string
  /** What the schedules act as. */
  readonly roleArn: string
  readonly queues: Readonly<Record<Lane, { readonly arn: string }>>
  /** Needed by `resumeAt` only. */
  readonly reconcileArn?: string | undefined
  readonly clock: Clock
}

/** A schedule fires within a minute of its time. One that is early costs a look at the row, which waits out the rest as the delay of a message. */
const EARLY_MS = 60_000
/** Reconcile must see the pause as ended, by its own clock. */
const AFTER_PAUSE_MS = 5_000

export function createTimers(options: TimerOptions): Timers {
  const { scheduler, group, roleArn, queues, reconcileArn, clock } = options

  async function create(name: string, at: Instant, target: Omit<Target, 'RoleArn' | 'RetryPolicy'>): Promise<void> {
    const schedule: CreateScheduleCommandInput = {
      Name: name,
      GroupName: group,
      ScheduleExpression: `at(${seconds(at)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { ...target, RoleArn: roleArn, RetryPolicy: RETRIES },
    }
    try {
      await call(clock, CALL_DEADLINE_MS, call => scheduler.send(new CreateScheduleCommand(schedule), call), isDoubled)
    } catch (error) {
      if (!isDoubled(error)) throw error
    }
  }

  return {
    // The template of a target that is a queue has a message group for FIFO queues only; the worker that looks at this hint sends its own.
    hintAt: (row, lane, at) =>
      create(`${row.id}-${epochSeconds(at)}`, at - EARLY_MS, { Arn: queues[lane].arn, Input: hintBody(row) }),
    resumeAt(key, at) {
      if (reconcileArn === undefined) throw new TypeError('timers that end pauses need the ARN of reconcile')
      const after = at + AFTER_PAUSE_MS
      const digest = createHash('sha256').update(key).digest('base64url')
      return create(`resume-${digest}-${epochSeconds(after)}`, after, {
        Arn: reconcileArn,
        Input: JSON.stringify({ resume: true }),
      })
    },
  }
}

/** While the target does not take it. After a day reconcile finds the row itself. */
export const RETRIES = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }

/** A schedule is named after what it is for and its time, so that doubled ones are one (H48). */
function isDoubled(error: unknown): boolean {
  return error instanceof ConflictException
}

function epochSeconds(at: Instant): number {
  return Math.ceil(at / 1_000)
}

/** The form of time that schedules take: UTC, whole seconds, never before the instant. */
function seconds(at: Instant): string {
  return new Date(epochSeconds(at) * 1_000).toISOString().slice(0, 19)
}
