import type { Actor } from '../core/actor.ts'
import { type PulseError, tooSoon } from '../core/errors.ts'
import { checkRule, type LimitRule, type Taken, take } from '../core/rate-limit.ts'
import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { LimitStore } from '../ports/limit-store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'

/** Requests per hour; 0 for no limit. */
export interface RequestRates {
  readonly perUser: number
  /** Of one API key, and of one address as long as nobody knows who asks. */
  readonly perAddress: number
  /** Whether admins are limited, too. */
  readonly admins: boolean
}

/** What a request was charged. */
export interface Admission {
  readonly headers: Readonly<Record<string, string>>
  /** It was a repeat, which costs nothing. */
  giveBack(): Promise<void>
}

export interface RequestLimiter {
  /**
   * @param actor who asks; the address is charged when absent
   * @param strict whether a limiter that fails lets nobody in (SEC-25)
   * @throws PulseError `rate_limited`
   */
  admit(actor: Actor | undefined, address: string, strict: boolean): Promise<Admission>
}

interface Bucket {
  /** As the headers name it. */
  readonly name: 'user' | 'key' | 'address'
  readonly key: string
  readonly rule: LimitRule
}

interface Charged {
  readonly bucket: Bucket
  readonly answer: Taken
}

const HOUR_MS = 3_600_000

export function createRequestLimiter(
  store: LimitStore,
  rates: RequestRates,
  clock: Pick<Clock, 'now'>,
): RequestLimiter {
  const limits = withFallback(store)
  const perUser = hourly(rates.perUser)
  const perAddress = hourly(rates.perAddress)

  function bucketsOf(actor: Actor | undefined, address: string): Bucket[] {
    if (!actor) return bucket('address', address, perAddress)
    // Who needs no credential is at this machine, or AWS itself has let them in.
    if (actor.credential === undefined || (actor.role === 'admin' && !rates.admins)) return []
    const own = bucket('user', actor.owner, perUser)
    return actor.scopes ? [...bucket('key', actor.credential, perAddress), ...own] : own
  }

  return {
    async admit(actor, address, strict) {
      const now = clock.now()
      const taken: Charged[] = []
      const giveBack = async () => {
        await Promise.all(taken.map(({ bucket }) => limits.giveBack(bucket.key, bucket.rule, 1, now)))
      }
      for (const bucket of bucketsOf(actor, address)) {
        const answer = await limits.take(bucket.key, bucket.rule, now, strict)
        if (!answer.allowed) {
          await giveBack()
          throw refused(bucket, answer)
        }
        taken.push({ bucket, answer })
      }
      const narrowest = taken.reduce<Charged | undefined>(
        (least, each) => (least && least.answer.remaining <= each.answer.remaining ? least : each),
        undefined,
      )
      return { headers: narrowest ? headersOf(narrowest.bucket, narrowest.answer) : {}, giveBack }
    },
  }
}

/** None for 0. */
function hourly(limit: number): LimitRule | undefined {
  return limit === 0 ? undefined : checkRule({ limit, windowMs: HOUR_MS })
}

function bucket(name: Bucket['name'], whose: string, rule: LimitRule | undefined): Bucket[] {
  return rule ? [{ name, key: `requests ${name} ${whose}`, rule }] : []
}

/** Of draft-ietf-httpapi-ratelimit-headers: what the limit is, and what is left of it. The narrowest one is told. */
export function headersOf(
  { name, rule }: Pick<Bucket, 'name' | 'rule'>,
  { remaining, resetMs }: Taken,
): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${rule.limit};w=${rule.windowMs / 1_000}`,
    ratelimit: `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`,
  }
}

function refused(bucket: Bucket, answer: Taken): PulseError {
  const what = `the limit of ${bucket.rule.limit} requests an hour for this ${bucket.name} is reached`
  return tooSoon(what, answer.retryAfterMs, { policies: [bucket.name], headers: headersOf(bucket, answer) })
}

/** Buckets that a process remembers while the store does not answer. */
const MOST_LOCAL = 10_000

/** When the store fails, each process counts for itself: requests go on, and a flood is still bounded (SEC-25). */
function withFallback(store: LimitStore) {
  const local = new Map<string, Instant>()
  return {
    async take(key: string, rule: LimitRule, now: Instant, strict: boolean): Promise<Taken> {
      try {
        return await store.take(key, rule, 1, now)
      } catch (error) {
        if (strict || !(error instanceof StoreUnavailable)) throw error
        const taken = take(local.get(key), rule, 1, now)
        if (local.size >= MOST_LOCAL) local.clear()
        if (taken.allowed) local.set(key, taken.fullAt)
        return taken
      }
    },
    async giveBack(key: string, rule: LimitRule, cost: number, now: Instant): Promise<void> {
      // A unit that stays charged is no reason to refuse what was done.
      await store.giveBack(key, rule, cost, now).catch(() => {})
    },
  }
}
