import { type AnyItem, itemBytes } from '../helpers/item-size.ts'
import { readUnits, tableWriteUnits, writeUnits } from './capacity.ts'
import type { Answer, Ask, Wire } from './exchange.ts'
import type { Tables } from './tables.ts'

export interface Capacity {
  readonly writeUnits: number
  readonly readUnits: number
  /** Of the item that was written. */
  readonly bytes?: number
}

/** Begins to count a call. @returns what is to be told the answer */
export type CountCall = (request: Wire) => Promise<(answer: Answer) => Promise<Capacity>>

const NOTHING: Capacity = { writeUnits: 0, readUnits: 0 }
const written = (units: number): Capacity => ({ ...NOTHING, writeUnits: units })
const read = (units: number): Capacity => ({ ...NOTHING, readUnits: units })

export function createDynamoDbMeter(tables: Tables, ask: Ask): Readonly<Record<string, CountCall>> {
  /** @param leaves the item that the write leaves, as its request or answer tells */
  const write =
    (keyOf: (request: Wire) => AnyItem, leaves: (request: Wire, answer: Wire) => AnyItem | undefined | 'unknown') =>
    async (request: Wire) => {
      const { TableName: table } = request
      const before = await tables.read(table, keyOf(request))
      return async ({ ok, body }: Answer) => {
        if (!ok) return refused(body, before, request.Item)
        await tables.note(table, keyOf(request), leaves(request, body))
        const after = await tables.read(table, keyOf(request))
        return { ...written(writeUnits(await tables.keysOf(table), before, after)), bytes: itemBytes(after ?? {}) }
      }
    }

  const page = async (request: Wire) => async (answer: Answer) => {
    if (!answer.ok) return NOTHING
    // What a filter leaves out was read all the same, and a projection makes nothing cheaper.
    const { FilterExpression: _filter, ProjectionExpression: _projection, Select: _select, ...rest } = request
    const { Items } = await ask('KeyConditionExpression' in request ? 'Query' : 'Scan', usedOnly(rest))
    return read(readUnits(bytesOf(Items), request.ConsistentRead === true))
  }

  /** Each write of it costs twice what it would cost alone; whether it is done or not, as far as conditions are looked at. */
  const transaction = async (request: Wire) => {
    const writes: { table: string; key: AnyItem; after: AnyItem | undefined; before: AnyItem | undefined }[] = []
    for (const { Put, Delete } of request.TransactItems) {
      const { TableName: table } = Put ?? Delete
      const key = Put?.Item ?? Delete.Key
      writes.push({ table, key, after: Put?.Item, before: await tables.read(table, key) })
    }
    return async ({ ok }: Answer) => {
      let units = 0
      for (const { table, key, before, after } of writes) {
        units += 2 * writeUnits(await tables.keysOf(table), before, after)
        if (ok) await tables.note(table, key, after)
      }
      return { ...written(units), bytes: Math.max(...writes.map(({ after }) => itemBytes(after ?? {}))) }
    }
  }

  return {
    TransactWriteItems: transaction,
    PutItem: write(
      request => request.Item,
      request => request.Item,
    ),
    UpdateItem: write(
      request => request.Key,
      (request, answer) => (request.ReturnValues === 'ALL_NEW' ? answer.Attributes : 'unknown'),
    ),
    DeleteItem: write(
      request => request.Key,
      () => undefined,
    ),
    GetItem: async request => async () => {
      const item = await tables.read(request.TableName, request.Key)
      return read(readUnits(itemBytes(item ?? {}), request.ConsistentRead === true))
    },
    // Each item is rounded up by itself.
    BatchGetItem: async request => async () => {
      let units = 0
      for (const [table, { Keys, ConsistentRead }] of Object.entries<Wire>(request.RequestItems)) {
        for (const key of Keys)
          units += readUnits(itemBytes((await tables.read(table, key)) ?? {}), ConsistentRead === true)
      }
      return read(units)
    },
    Query: page,
    Scan: page,
  }
}

/** A condition that did not hold costs what the write would have cost the table, and indexes nothing. */
function refused(answer: Wire, before: AnyItem | undefined, after: AnyItem | undefined): Capacity {
  const isBilled = String(answer.__type).endsWith('ConditionalCheckFailedException')
  return isBilled ? written(tableWriteUnits(before, after)) : NOTHING
}

function bytesOf(items: readonly AnyItem[]): number {
  return items.reduce((sum, item) => sum + itemBytes(item), 0)
}

/** DynamoDB refuses names and values that no expression uses. */
function usedOnly(request: Wire): Wire {
  const text = `${request.KeyConditionExpression ?? ''} `
  const used = (given: Record<string, unknown> | undefined) => {
    const left = Object.entries(given ?? {}).filter(([name]) => new RegExp(`${name}\\b`).test(text))
    return left.length > 0 ? Object.fromEntries(left) : undefined
  }
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values, ...rest } = request
  return { ...rest, ExpressionAttributeNames: used(names), ExpressionAttributeValues: used(values) }
}
