import { createAwsBackend } from '../../../shared/aws/backend.ts'
import { createScheduleTimers, type FireEvent, LOOKAHEAD_MS } from '../../../shared/aws/schedule-timers.ts'
import { createRegistry, defineTask } from '../../../shared/core/definition.ts'
import type { Instant } from '../../../shared/core/task.ts'
import { isTerminal } from '../../../shared/core/task.ts'
import { cancel } from '../../../shared/core/transitions.ts'
import type { EngineEvent } from '../../../shared/engine/events.ts'
import { isDisabled } from '../../../shared/identity/user.ts'
import {
  type AwsSchedules,
  followAgain,
  isAstray,
  lateSchedule,
  opened,
} from '../../../shared/runtime/aws-schedules.ts'
import { createSchedules } from '../../../shared/schedules/create-schedules.ts'
import type { ScheduleRequest } from '../../../shared/schedules/schedule.ts'
import type { Schedules } from '../../../shared/schedules/schedules.ts'
import { TASKS_TABLE } from '../checker.ts'
import type { Clients } from '../clients.ts'
import type { SimProcess } from '../process.ts'
import { APP_TABLE } from '../program.ts'
import type { Queue } from '../queues.ts'
import type { Patch } from './plant.ts'

export const TASK = 'tick'
/** So long it takes until the room of a submit limit is there again. */
export const WINDOW_MS = 60_000
const PLACES = { group: 'schedules', roleArn: 'arn:role', occurrenceArn: 'arn:occurrence', lostFiresArn: 'arn:lost' }

export interface ProgramParts {
  readonly process: SimProcess
  readonly clients: Clients
  readonly queues: Readonly<Record<'1' | '2' | '3' | '4' | '5' | 'long', Queue>>
  readonly patch: Patch
  /** Tasks that an owner may submit in a window. */
  readonly submitLimit: number | undefined
}

/** The real parts, put together as the functions do it. */
function open(
  { process, clients, queues, patch, submitLimit }: ProgramParts,
  emit: (event: EngineEvent) => void,
): AwsSchedules {
  const limited = submitLimit === undefined ? {} : { submitLimit: { count: submitLimit, per: WINDOW_MS } }
  const registry = createRegistry([defineTask({ name: TASK, ...limited, run: () => 1 })])
  const { clock, entropy } = process
  const backend = createAwsBackend({
    clients,
    tasksTable: TASKS_TABLE,
    appTable: APP_TABLE,
    queues,
    retentionMs: 7 * 86_400_000,
    names: [...registry.keys()],
    isLong: () => false,
    clock,
    entropy,
  })
  const timers = createScheduleTimers({ scheduler: clients.scheduler, ...PLACES, clock })
  const on = {
    backend: patch.backend?.(backend, process) ?? backend,
    registry,
    clock,
    entropy,
    emit,
    timers: patch.timers?.(timers) ?? timers,
    lookaheadMs: patch.lookaheadMs ?? LOOKAHEAD_MS,
    isDisabled: (owner: string) => isDisabled(backend.records, owner),
  }
  return { on, schedules: createSchedules(on) }
}

/** What answers people. */
export function createApi(parts: ProgramParts): Schedules {
  const { on } = open(parts, () => {})
  const backend = parts.patch.apiBackend?.(on.backend) ?? on.backend
  return opened(createSchedules({ ...on, backend }), () => {})
}

/** As the function that timers call. @returns how much there was to do */
export function createOccurrence(parts: ProgramParts): (event: FireEvent) => Promise<number> {
  let isLate = false
  const own = open(parts, event => {
    isLate ||= lateSchedule(event) !== undefined
  })
  return async event => {
    isLate = false
    const { schedule } = event
    const firedFor = Date.parse(event.scheduledFor)
    const { schedules } = parts.patch.believesHints ? believing(own, firedFor) : own
    const fires = await schedules.fire(schedule, firedFor)
    if ((fires.length === 0 || isLate) && (await isAstray(own, event))) await followAgain(own, schedule)
    return fires.length
  }
}

function believing({ on }: AwsSchedules, firedFor: Instant): Pick<AwsSchedules, 'schedules'> {
  const clock = { ...on.clock, now: () => Math.max(on.clock.now(), firedFor) }
  return { schedules: createSchedules({ ...on, clock }) }
}

/** The part of reconcile that is about schedules. @returns whether it has looked at all that is due */
export function createReconciler(parts: ProgramParts, timeMs: number): () => Promise<boolean> {
  const late = new Set<string>()
  const own = open(parts, event => {
    const id = lateSchedule(event)
    if (id !== undefined) late.add(id)
  })
  return async () => {
    late.clear()
    if (parts.patch.looksAtNothing) return true
    const endsAt = own.on.clock.now() + timeMs
    const { done, failed } = await own.schedules.fireDue(() => own.on.clock.now() < endsAt)
    for (const id of late) await followAgain(own, id)
    return done && failed === 0
  }
}

/** What a deployment calls. */
export function createDeploy(parts: ProgramParts): (declared: readonly ScheduleRequest[]) => Promise<unknown> {
  const { schedules } = open(parts, () => {})
  return declared => schedules.declare(declared)
}

/** Ends tasks. What ends them is of no interest here. */
export function createEnder(parts: ProgramParts): (task: string) => Promise<unknown> {
  const { on } = open(parts, () => {})
  return async task => {
    const row = await on.backend.tasks.read(task)
    return row && !isTerminal(row.state) ? on.backend.tasks.commit(cancel(row, on.clock.now(), 'somebody')) : undefined
  }
}
