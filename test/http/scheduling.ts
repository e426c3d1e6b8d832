import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { type Answer, type Api, type ApiOptions, type CallOptions, openApi } from './setup.ts'

export const MINUTE = 60_000
export const UNKNOWN = `sch_${'0'.repeat(26)}`
export const always = () => true

export interface Scheduling {
  readonly api: Api
  readonly clock: ManualClock
  create(body: object, headers?: Record<string, string>): Promise<Answer>
  /** Below `/api/v1/schedules`. */
  ask(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Moves on by so much, and fires what is due then. */
  pass(ms: number): Promise<void>
}

/** The API at a time that the test sets; what is due fires when it says so. */
export async function openScheduling(options: ApiOptions = {}): Promise<Scheduling> {
  const clock = createManualClock()
  const api = await openApi({ clock, ...options })
  const ask: Scheduling['ask'] = (method, path, more) => api.call(method, `/api/v1/schedules${path}`, more)
  return {
    api,
    clock,
    ask,
    create: (body, headers) => ask('POST', '', { body, ...(headers && { headers }) }),
    async pass(ms) {
      clock.set(clock.now() + ms)
      await api.embedded.schedules.fireDue(always)
    },
  }
}

/** A body that is taken, with what the test is about. */
export function tick(more: object = {}): object {
  const rule = ['at', 'after', 'every', 'cron'].some(kind => kind in more) ? {} : { every: '1m' }
  return { name: 'tick', task: { name: 'echo', payload: { n: 1 } }, ...rule, ...more }
}

/** 10:07:30 of the day on which these tests happen. */
export const timeOf = (time: string) => `2031-05-17T${time}.000Z`
export const as = (who: string) => ({ 'x-actor': who })
