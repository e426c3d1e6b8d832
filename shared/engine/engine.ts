import type { Actor } from '../core/actor.ts'
import type { Pause, PauseSelector } from '../core/dispatch.ts'
import type { PulseError } from '../core/errors.ts'
import type { LogLine } from '../ports/log-store.ts'
import type { EndCount, OldestWaiting, StateCount } from '../ports/stats-store.ts'
import type { DeadQuery, DeadRow, Page, TaskQuery } from '../ports/task-store.ts'
import type { OwnerRemoval } from './remove-owner.ts'
import type { EditRequest, LoadedTask, SubmitRequest, Submitted } from './requests.ts'

/** The use cases, as the edges (HTTP, the client in process) call them. Refusals are `PulseError`s. */
export interface Engine {
  submit(actor: Actor, request: SubmitRequest, idempotencyKey?: string): Promise<Submitted>
  /** Items are independent of each other; the answer names the fate of each, in order (P13). */
  submitMany(actor: Actor, items: readonly BatchItem[]): Promise<readonly (Submitted | PulseError)[]>
  /** Another owner's task is as unknown as one that does not exist. */
  get(actor: Actor, id: string): Promise<LoadedTask>
  /** As `get`, but waits for the task's end first, at most `waitMs`, or until `signal` is aborted. */
  wait(actor: Actor, id: string, waitMs: number, signal?: AbortSignal): Promise<LoadedTask>
  list(actor: Actor, query: Omit<TaskQuery, 'owner' | 'now'>): Promise<Page>
  logs(
    actor: Actor,
    id: string,
    limit: number,
    after?: string,
  ): Promise<{ readonly lines: readonly LogLine[]; readonly next?: string }>
  /** @param version as of all changes: it is refused when the task has another one by now */
  edit(actor: Actor, id: string, changes: EditRequest, version?: number): Promise<LoadedTask>
  cancel(actor: Actor, id: string, version?: number): Promise<LoadedTask>
  requeue(actor: Actor, id: string, request: { readonly payload?: unknown }, version?: number): Promise<LoadedTask>
  listDead(actor: Actor, query: Omit<DeadQuery, 'owner'>): Promise<Page<DeadRow>>
  /** Requeues dead tasks that match, page by page; call again with `next` for the rest. */
  requeueDead(
    actor: Actor,
    query: Omit<DeadQuery, 'owner'>,
  ): Promise<{ readonly requeued: readonly string[]; readonly next?: string }>
  /** Removes the tasks of an owner, as far as time allows; call again while any are left. */
  removeOwner(actor: Actor, owner: string, hasTime: () => boolean): Promise<OwnerRemoval>
  pause(actor: Actor, selector: PauseSelector, reason: string, forMs?: number): Promise<readonly Pause[]>
  resume(actor: Actor, selector: PauseSelector): Promise<readonly Pause[]>
  dispatch(actor: Actor): Promise<readonly Pause[]>
  stats(actor: Actor): Promise<Stats>
}

export interface BatchItem {
  readonly request: SubmitRequest
  readonly idempotencyKey?: string
}

export interface Stats {
  readonly counts: readonly StateCount[]
  /** Ends of the last hour, per minute. */
  readonly ends: readonly EndCount[]
  readonly oldestWaiting?: OldestWaiting
  readonly pauses: readonly Pause[]
}
