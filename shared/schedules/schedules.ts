import type { Actor } from '../core/actor.ts'
import type { Instant } from '../core/task.ts'
import type { Submitted } from '../engine/requests.ts'
import type {
  Backfill,
  BackfillRequest,
  Created,
  DeclaredReport,
  DueReport,
  FirePage,
  SchedulePage,
} from './requests.ts'
import type { Fire, Schedule, ScheduleEdit, ScheduleRequest } from './schedule.ts'

/** The use cases about schedules, as the edges call them. Refusals are `PulseError`s. */
export interface Schedules {
  /** @param idempotencyKey a repeat with it answers the schedule that the first one made */
  create(actor: Actor, request: ScheduleRequest, idempotencyKey?: string): Promise<Created>
  /** Another owner's schedule is as unknown as one that does not exist. */
  get(actor: Actor, id: string): Promise<Schedule>
  /** In the order of their creation. */
  list(actor: Actor, query: { readonly limit: number; readonly after?: string }): Promise<SchedulePage>
  /** Starts the next generation. @param generation as of all changes: it is refused when the schedule has another one by now */
  edit(actor: Actor, id: string, changes: ScheduleEdit, generation?: number): Promise<Schedule>
  pause(actor: Actor, id: string, reason?: string, generation?: number): Promise<Schedule>
  /** Goes on with the next occurrence: those of the pause are left out. */
  resume(actor: Actor, id: string, generation?: number): Promise<Schedule>
  remove(actor: Actor, id: string, generation?: number): Promise<Schedule>
  /** Makes one more task of the schedule, now. */
  trigger(actor: Actor, id: string, idempotencyKey?: string, generation?: number): Promise<Submitted>
  /** What became of its occurrences, the latest first. */
  fires(actor: Actor, id: string, query: { readonly limit: number; readonly after?: string }): Promise<FirePage>
  /** Its next occurrences, by its rule alone. */
  upcoming(
    actor: Actor,
    id: string,
    query: { readonly limit: number; readonly after?: Instant },
  ): Promise<readonly Instant[]>
  /** Makes the tasks of occurrences that are past. @param found told of the schedule before anything is made or refused for it */
  backfill(actor: Actor, id: string, request: BackfillRequest, found?: (schedule: Schedule) => void): Promise<Backfill>
  /** Removes all schedules of an owner, as far as time allows. @returns whether none are left */
  removeOwner(owner: string, hasTime: () => boolean): Promise<boolean>
  /** A timer says that a schedule is due. @param firedFor the occurrence that it names */
  fire(id: string, firedFor?: Instant): Promise<readonly Fire[]>
  /** Looks at all that is due by the store. */
  fireDue(hasTime: () => boolean): Promise<DueReport>
  /** Takes back decisions about times that are ahead again, because the clock was. */
  rewind(hasTime: () => boolean): Promise<number>
  /** Makes, changes and removes schedules until they are those that are declared beside the tasks. */
  declare(declared: readonly ScheduleRequest[]): Promise<DeclaredReport>
}
