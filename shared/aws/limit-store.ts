import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { intervalOf, type LimitRule, type Taken, take } from '../core/rate-limit.ts'
import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { LimitStore } from '../ports/limit-store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { call, ITEM_DEADLINE_MS } from './clients.ts'
import { isConflict } from './conflict.ts'
import { createKnownBuckets } from './known-buckets.ts'
import { appTable } from './names.ts'
import { appKey } from './query-items.ts'
import type { Item } from './row-codec.ts'

/** What the partition key of a bucket begins with: each has a partition of its own, so that none slows down the others. */
export const LIMIT_PARTITION = 'limit_'
const BUCKET = 'bucket'
const FULL_AT = 'f'

/** A write of one form may find that the other is wanted; that this changes while it is being sent is rare. */
const TRIES = 5
/** A bucket that has never been. */
const NEVER = 0

export interface LimitStoreOptions {
  readonly dynamodb: DynamoDBClient
  /** The app table. */
  readonly tableName: string
  readonly clock: Clock
}

/**
 * A take is one conditional update. DynamoDB does not know the later of two times, so there are two forms: a bucket in use is moved
 * ahead, a full one begins anew. What this process has seen of the bucket chooses, and a refusal that was seen lately is not asked for
 * again. An answer that is lost below may cost the caller twice; it never gives anything away (SEC-24).
 */
export function createLimitStore({ dynamodb, tableName, clock }: LimitStoreOptions): LimitStore {
  const known = createKnownBuckets()

  async function update(key: string, { set, condition, values, keptUntil }: Update, now: Instant): Promise<Updated> {
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: appKey(LIMIT_PARTITION + key, BUCKET),
      UpdateExpression: `SET #f = ${set}, #ttl = :ttl`,
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#f': FULL_AT, '#ttl': appTable.ttl },
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }])),
        // Rounded up, and in epoch seconds (H86).
        ':ttl': { N: String(Math.ceil(keptUntil / 1_000)) },
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })
    const updated = await call(clock, ITEM_DEADLINE_MS, on => dynamodb.send(command, on), isConflict).then(
      ({ Attributes }) => ({ done: true, fullAt: fullAtOf(Attributes), repeated: false }),
      error => {
        if (!isConflict(error)) throw error
        return { done: false, fullAt: fullAtOf(error.Item), repeated: (error.$metadata.attempts ?? 1) > 1 }
      },
    )
    known.saw(key, updated.fullAt, now)
    return updated
  }

  return {
    async take(key, rule, cost, now) {
      const seen = told(take(known.lately(key, now), rule, cost, now))
      if (!seen.allowed) return seen
      let fullAt = known.fullAt(key)
      for (let tries = 0; tries < TRIES; tries++) {
        const isInUse = fullAt !== undefined && fullAt > now
        const { done, fullAt: found } = await update(key, (isInUse ? moved : begun)(rule, cost, now), now)
        // What it was before is what it is without that.
        const before = done && found !== undefined ? found - cost * intervalOf(rule) : found
        const judged = told(take(before, rule, cost, now))
        if (done || !judged.allowed) return judged
        fullAt = found
      }
      throw new StoreUnavailable('too many others ask for the same limit')
    },
    async giveBack(key, rule, cost, now) {
      let seen = known.fullAt(key) ?? NEVER
      for (let tries = 0; tries < TRIES; tries++) {
        const { done, fullAt, repeated } = await update(key, lessened(rule, cost, now, seen), now)
        // It may be our own write, of which the answer was lost: given back once, or not at all.
        if (done || repeated || fullAt === undefined || fullAt <= now) return
        seen = fullAt
      }
    },
  }
}

interface Update {
  readonly set: string
  readonly condition: string
  readonly values: Readonly<Record<`:${string}`, number>>
  readonly keptUntil: Instant
}

interface Updated {
  readonly done: boolean
  /** As it is now; absent when there is no bucket. */
  readonly fullAt: Instant | undefined
  /** Whether a request before the one that was answered may have reached the store. */
  readonly repeated: boolean
}

function moved(rule: LimitRule, cost: number, now: Instant): Update {
  const by = cost * intervalOf(rule)
  const latest = latestOf(rule, now)
  const values = { ':by': by, ':now': now, ':room': latest - by }
  return { set: '#f + :by', condition: '#f > :now AND #f <= :room', values, keptUntil: latest }
}

function begun(rule: LimitRule, cost: number, now: Instant): Update {
  const values = { ':full': now + cost * intervalOf(rule), ':now': now }
  const condition = 'attribute_not_exists(#f) OR #f <= :now'
  return { set: ':full', condition, values, keptUntil: latestOf(rule, now) }
}

/** Not a subtraction: sent twice by the client, that would give back twice. */
function lessened(rule: LimitRule, cost: number, now: Instant, seen: Instant): Update {
  const values = { ':less': seen - cost * intervalOf(rule), ':seen': seen, ':now': now }
  return { set: ':less', condition: '#f = :seen AND #f > :now', values, keptUntil: seen }
}

function latestOf(rule: LimitRule, now: Instant): Instant {
  return now + rule.limit * intervalOf(rule)
}

function fullAtOf(item: Item | undefined): Instant | undefined {
  const found = item?.[FULL_AT]?.N
  return found === undefined ? undefined : Number(found)
}

function told({ allowed, remaining, resetMs, retryAfterMs }: Taken): Taken {
  return { allowed, remaining, resetMs, retryAfterMs }
}
