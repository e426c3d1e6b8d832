import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../ports/clock.ts'
import type { Place, Places } from '../ports/scan.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { appTable } from './names.ts'
import { appKey, queryItems, sortKeyOf } from './query-items.ts'

export interface ScanPlacesOptions {
  readonly dynamodb: DynamoDBClient
  /** The app table. */
  readonly tableName: string
  readonly clock: Clock
  /** Of the scan whose places these are: segments of another division are other segments. */
  readonly segments: number
}

const PARTITION = 'reconcile'
const AFTER = 'a'
const AT = 't'
/** Nobody goes on with an older one. */
const KEPT_MS = 7 * 86_400_000

/** An item for each segment, so that they do not wait for each other. */
export function createScanPlaces({ dynamodb, tableName, clock, segments }: ScanPlacesOptions): Places {
  const keyOf = (pass: string, segment: number | string) => `${pass}#${segments}#${segment}`
  const itemKey = (pass: string, segment: number) => appKey(PARTITION, keyOf(pass, segment))

  return {
    async read(pass) {
      const places: Place[] = []
      const [from, to] = [keyOf(pass, ''), keyOf(pass, '~')]
      const items = queryItems({ dynamodb, tableName, clock, partition: PARTITION, from, to, consistent: true })
      for await (const item of items) {
        const after = item[AFTER]?.S
        places.push({
          segment: Number(sortKeyOf(item).slice(from.length)),
          ...(after !== undefined && { after }),
          at: Number(item[AT]?.N),
        })
      }
      return places
    },
    async save(pass, { segment, after, at }) {
      const put = new PutItemCommand({
        TableName: tableName,
        Item: {
          ...itemKey(pass, segment),
          ...(after !== undefined && { [AFTER]: { S: after } }),
          [AT]: { N: String(at) },
          [appTable.ttl]: { N: String(Math.ceil((at + KEPT_MS) / 1_000)) },
        },
      })
      await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(put, on))
    },
    async clear(pass) {
      const deletes = Array.from({ length: segments }, (_, segment) => {
        const command = new DeleteItemCommand({ TableName: tableName, Key: itemKey(pass, segment) })
        return call(clock, CALL_DEADLINE_MS, on => dynamodb.send(command, on))
      })
      await Promise.all(deletes)
    },
  }
}
