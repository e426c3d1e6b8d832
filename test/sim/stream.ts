import { shardOf } from '../../shared/aws/shards.ts'
import type { StreamRecord } from '../../shared/aws/stream-records.ts'
import type { Faults } from './faults.ts'
import type { LambdaFunction } from './function.ts'
import type { Write } from './tables.ts'
import type { World } from './world.ts'

export interface Portion {
  readonly shard: string
  readonly records: readonly StreamRecord[]
}

/** What a function says of a portion: the record from which on it must come again, or none. */
export interface Worked {
  readonly from: string | undefined
}

interface Shard {
  readonly id: string
  readonly records: StreamRecord[]
  /** Records before it have been worked on. */
  position: number
  busy: boolean
}

export interface StreamOptions {
  readonly world: World
  readonly faults: Faults
  readonly target: LambdaFunction<Portion, Worked>
}

const SHARDS = 2
const LATENCY_MS = [200, 1_500] as const
const STANDSTILL_MS = 20_000
const MOST = 8
/** Records that may come once more. */
const REPLAYED = 6

/** The changes of a table, in shards: in each of them in their order, one portion at a time, until it has been worked on. */
export function createStream({ world, faults, target }: StreamOptions) {
  const { random } = world
  const shards = new Map<string, Shard>()
  /** How often a row has changed shards. */
  const moves = new Map<string, number>()
  let sequence = 0

  function shardFor(pk: string): Shard {
    if (faults.happens('streamReordered', pk)) moves.set(pk, (moves.get(pk) ?? 0) + 1)
    const id = `shardId-${(shardOf(pk) % SHARDS) + SHARDS * (moves.get(pk) ?? 0)}`
    const shard = shards.get(id) ?? { id, records: [], position: 0, busy: false }
    shards.set(id, shard)
    return shard
  }

  function deliverSoon(shard: Shard): void {
    if (shard.busy || shard.position === shard.records.length) return
    shard.busy = true
    const late = faults.happens('streamLate') ? random.between(1_000, STANDSTILL_MS) : 0
    world.post(random.between(...LATENCY_MS) + late, `stream ${shard.id}`, () => deliver(shard))
  }

  function deliver(shard: Shard): void {
    const records = shard.records.slice(shard.position, shard.position + random.between(1, MOST))
    target.invoke({ shard: shard.id, records }, worked => {
      shard.busy = false
      if (worked) {
        const failed = records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === worked.from)
        shard.position += failed < 0 ? records.length : failed
        if (faults.happens('streamReplayed')) shard.position -= random.between(0, Math.min(REPLAYED, shard.position))
      }
      deliverSoon(shard)
    })
  }

  return {
    wrote({ before, after, byExpiry }: Write): void {
      const { pk, sk } = after ?? before ?? {}
      const shard = shardFor(pk?.S ?? '')
      shard.records.push({
        ...(byExpiry && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
        dynamodb: {
          SequenceNumber: String(++sequence),
          Keys: { ...(pk && { pk }), ...(sk && { sk }) },
          ...(before && { OldImage: before }),
          ...(after && { NewImage: after }),
        },
      })
      deliverSoon(shard)
    },
  }
}
