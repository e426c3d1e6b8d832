import type { StreamRecord } from '../../shared/aws/stream-records.ts'

interface Shards {
  readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] }
}
interface Iterator {
  readonly ShardIterator: string
}
interface Records {
  readonly Records: readonly StreamRecord[]
  readonly NextShardIterator?: string
}

/** The changes of a table, as its stream tells them: in order, in the form in which a function is given them. */
export interface TableStream {
  /** What has come since the last time, shard by shard. */
  next(): Promise<readonly Portion[]>
}

export interface Portion {
  readonly shard: string
  readonly records: readonly StreamRecord[]
}

/** Asks the emulator itself: it takes any signature, and no client of streams has to be installed for tests alone. */
export function openStream(url: string, streamArn: string): TableStream {
  const iterators = new Map<string, string | undefined>()

  async function ask<Answer>(operation: string, input: object): Promise<Answer> {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20310517/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(input),
    })
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer // in the form that the API has
  }

  async function findShards(): Promise<void> {
    const { StreamDescription } = await ask<Shards>('DescribeStream', { StreamArn: streamArn })
    for (const { ShardId } of StreamDescription.Shards) {
      if (iterators.has(ShardId)) continue
      const start = { StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
      iterators.set(ShardId, (await ask<Iterator>('GetShardIterator', start)).ShardIterator)
    }
  }

  return {
    async next() {
      await findShards()
      const found: Portion[] = []
      for (const [shard, iterator] of iterators) {
        if (iterator === undefined) continue
        const { Records, NextShardIterator } = await ask<Records>('GetRecords', { ShardIterator: iterator })
        iterators.set(shard, NextShardIterator)
        if (Records.length > 0) found.push({ shard, records: Records })
      }
      return found
    },
  }
}
