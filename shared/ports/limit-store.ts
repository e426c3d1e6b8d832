import type { LimitRule, Taken } from '../core/rate-limit.ts'
import type { Instant } from '../core/task.ts'

/** Buckets of rate limits. Each `take` is decided by the store in one conditional write, so that two at once cannot both get the last one. */
export interface LimitStore {
  /**
   * @param key whose bucket, and of what: owners and limits never share one (SEC-21)
   * @throws StoreUnavailable
   */
  take(key: string, rule: LimitRule, cost: number, now: Instant): Promise<Taken>
  /** Gives back what turned out to cost nothing. */
  giveBack(key: string, rule: LimitRule, cost: number, now: Instant): Promise<void>
}
