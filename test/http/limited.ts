import type { RequestRates } from '../../shared/http/request-limits.ts'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { type Answer, type Api, type ApiOptions, openApi } from './setup.ts'

export const SECOND_MS = 1_000
/** Of an hour: one comes back each minute, or each two. */
export const rates: RequestRates = { perUser: 60, perAddress: 30, admins: true }
export const elsewhere = { address: '198.51.100.9' }

/** The API with accounts and these limits, on a clock that the test moves. */
export async function openLimited(
  more: Partial<RequestRates> = {},
  options: ApiOptions = {},
): Promise<{ api: Api; clock: ManualClock }> {
  const clock = createManualClock()
  return { api: await openApi({ accounts: true, clock, rates: { ...rates, ...more }, ...options }), clock }
}

export const times = <T>(count: number, each: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, each))
export const count = (answers: readonly Answer[], status: number) =>
  answers.filter(answer => answer.status === status).length
