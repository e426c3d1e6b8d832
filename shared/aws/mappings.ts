import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { gateOf, type Pause } from '../core/dispatch.ts'
import type { Clock } from '../ports/clock.ts'
import type { DispatchStore } from '../ports/dispatch-store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { type Lane, lanes } from './names.ts'

/** What takes messages from the queues to the workers. Turning it off while dispatch is paused is only a saving: what a pause stops is the claim (H66). */
export interface Mappings {
  /**
   * Turns mappings on and off as the switch asks for, those that are not so already. The switch is read again afterwards: of two
   * callers the one that has read the older one may be the later one to write, and must notice.
   * @returns whether all are so now, or about to be; otherwise the next call tries again
   * @throws StoreUnavailable when the switch cannot be read
   */
  follow(dispatch: Pick<DispatchStore, 'read'>): Promise<boolean>
}

/** Times that the switch may change while it is followed. */
const TRIES = 3

/** @param ids of the mappings */
export function createMappings(lambda: LambdaClient, ids: Readonly<Record<Lane, string>>, clock: Clock): Mappings {
  async function turn(lane: Lane, on: boolean): Promise<boolean> {
    const mapping = { UUID: ids[lane] }
    try {
      const { State } = await call(clock, CALL_DEADLINE_MS, options =>
        lambda.send(new GetEventSourceMappingCommand(mapping), options),
      )
      if (State === (on ? 'Enabled' : 'Disabled') || State === (on ? 'Enabling' : 'Disabling')) return true
      await call(clock, CALL_DEADLINE_MS, options =>
        lambda.send(new UpdateEventSourceMappingCommand({ ...mapping, Enabled: on }), options),
      )
      return true
    } catch (error) {
      // Throttled, or on its way from one state to the other.
      if (error instanceof StoreUnavailable) return false
      throw error
    }
  }

  async function write(off: ReadonlySet<Lane>): Promise<boolean> {
    const written = await Promise.all(lanes.map(lane => turn(lane, !off.has(lane))))
    return written.every(Boolean)
  }

  return {
    async follow(dispatch) {
      let off = lanesOff(await dispatch.read(), clock.now())
      for (let tries = 0; tries < TRIES; tries++) {
        if (!(await write(off))) return false
        const now = lanesOff(await dispatch.read(), clock.now())
        if (lanes.every(lane => now.has(lane) === off.has(lane))) return true
        off = now
      }
      return false
    },
  }
}

/** A paused name has no lane of its own, and the lane `long` has tasks of all priorities. */
function lanesOff(pauses: readonly Pause[], now: number): ReadonlySet<Lane> {
  const { all, priorities } = gateOf(pauses, now)
  return new Set(all ? lanes : priorities.map(priority => `${priority}` as const))
}
