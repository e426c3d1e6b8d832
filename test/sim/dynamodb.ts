import { createHash } from 'node:crypto'
import { type Bindings, conditionHolds, type Item, Refused, updated } from './expressions.ts'
import type { Faults } from './faults.ts'
import { indexed, indexKeys } from './indexes.ts'
import type { Answer, Call } from './network.ts'
import { createTables, keyOf, type Write } from './tables.ts'
import type { World } from './world.ts'

interface ItemRequest extends Bindings {
  readonly TableName: string
  readonly Key: Item
  readonly Item: Item
  readonly ConditionExpression?: string
  readonly UpdateExpression?: string
  readonly KeyConditionExpression?: string
  readonly ProjectionExpression?: string
  readonly ReturnValues?: string
  readonly ReturnValuesOnConditionCheckFailure?: string
  readonly ConsistentRead?: boolean
  readonly ExclusiveStartKey?: Item
  readonly Segment?: number
  readonly TotalSegments?: number
  readonly IndexName?: string
  readonly ScanIndexForward?: boolean
  readonly Limit?: number
}

/** Small, so that walks have many pages. */
const PAGE = 5
/** Tables as DynamoDB keeps them: every call is applied whole, at one instant. */
export function createDynamo(world: World, faults: Faults, onWrite: (write: Write) => void) {
  const { tableOf, write, seen, sorted } = createTables(world, faults, onWrite)

  function change(request: ItemRequest, call: Call, next: (before: Item | undefined) => Item | undefined): Answer {
    const key = keyOf(request.Key ?? request.Item)
    const before = tableOf(request.TableName).get(key)?.item
    const { ConditionExpression: condition } = request
    if (condition !== undefined && !conditionHolds(condition, before ?? {}, request)) {
      const wanted = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before
      return failed('ConditionalCheckFailedException', wanted ? { Item: before } : {})
    }
    const after = next(before)
    write(request.TableName, key, after, call)
    const returned = { ALL_NEW: after, ALL_OLD: before }[request.ReturnValues ?? '']
    return { status: 200, body: returned ? { Attributes: returned } : {} }
  }

  function scan(request: ItemRequest): Answer {
    const { TableName, Segment = 0, TotalSegments = 1, ExclusiveStartKey } = request
    const from = ExclusiveStartKey ? keyOf(ExclusiveStartKey) : ''
    const rest = sorted(TableName).filter(
      ({ item }) => keyOf(item) > from && segmentOf(item, TotalSegments) === Segment,
    )
    const page = rest.slice(0, PAGE)
    const last = rest.length > PAGE ? page.at(-1)?.item : undefined
    const Items = seen(page, request).map(item => projected(item, request))
    return { status: 200, body: { Items, ...(last && { LastEvaluatedKey: keyAttributes(last) }) } }
  }

  function query(request: ItemRequest): Answer {
    const { KeyConditionExpression = '', TableName, IndexName, ScanIndexForward = true, ExclusiveStartKey } = request
    const items = seen(sorted(TableName), request).flatMap(item =>
      IndexName ? (indexed(item, IndexName) ?? []) : [item],
    )
    const sortKey = IndexName ? indexKeys(IndexName).sortKey : 'sk'
    const placeOf = (item: Item) => item[sortKey]?.S ?? ''
    const found = items.filter(item => conditionHolds(KeyConditionExpression, item, request))
    found.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1) * (ScanIndexForward ? 1 : -1))
    const start = ExclusiveStartKey && placeOf(ExclusiveStartKey)
    const isBehind = (item: Item) => start === undefined || placeOf(item) > start === ScanIndexForward
    const rest = found.filter(item => isBehind(item) && placeOf(item) !== start)
    const page = rest.slice(0, request.Limit)
    const last = page.length < rest.length ? page.at(-1) : undefined
    return {
      status: 200,
      body: { Items: page, ...(last && { LastEvaluatedKey: IndexName ? last : keyAttributes(last) }) },
    }
  }

  function getMany(request: Readonly<Record<string, ItemRequest & { Keys: readonly Item[] }>>): Answer {
    const Responses = Object.fromEntries(
      Object.entries(request).map(([table, some]) => {
        const stored = some.Keys.flatMap(key => tableOf(table).get(keyOf(key)) ?? [])
        return [table, seen(stored, some).map(item => projected(item, some))]
      }),
    )
    return { status: 200, body: { Responses } }
  }

  function deleteMany(
    request: Readonly<Record<string, readonly { DeleteRequest: { Key: Item } }[]>>,
    call: Call,
  ): Answer {
    for (const [table, deletes] of Object.entries(request)) {
      for (const { DeleteRequest } of deletes) write(table, keyOf(DeleteRequest.Key), undefined, call)
    }
    return { status: 200, body: {} }
  }

  function apply(call: Call): Answer {
    // As the client has serialised it.
    const request = call.body as unknown as ItemRequest & { readonly RequestItems: never }
    switch (call.operation) {
      case 'PutItem':
        return change(request, call, () => request.Item)
      case 'UpdateItem':
        return change(request, call, before =>
          updated(request.UpdateExpression ?? '', before ?? { ...request.Key }, request),
        )
      case 'DeleteItem':
        return change(request, call, () => undefined)
      case 'GetItem': {
        const stored = tableOf(request.TableName).get(keyOf(request.Key))
        const [item] = stored ? seen([stored], request) : []
        return { status: 200, body: item ? { Item: projected(item, request) } : {} }
      }
      case 'Query':
        return query(request)
      case 'Scan':
        return scan(request)
      case 'BatchGetItem':
        return getMany(request.RequestItems)
      case 'BatchWriteItem':
        return deleteMany(request.RequestItems, call)
      default:
        throw new Error(`the tables know no ${call.operation}`)
    }
  }

  return {
    /** Everything of one partition of a table. */
    items: (table: string, pk: string): Item[] =>
      [...tableOf(table).values()].map(({ item }) => item).filter(item => item.pk?.S === pk),
    service(call: Call): Answer {
      try {
        return apply(call)
      } catch (error) {
        // The program would take it for an outage and go on: a mistake must not hide so.
        if (error instanceof Refused) world.failure ??= new Error(`${call.operation}: ${error.message}`)
        throw error
      }
    },
  }
}

function keyAttributes({ pk, sk }: Item): object {
  return { pk, sk }
}

const hashes = new Map<string, number>()

function segmentOf({ pk }: Item, segments: number): number {
  const key = String(pk?.S)
  const hash = hashes.get(key) ?? createHash('md5').update(key).digest().readUInt32LE(0)
  hashes.set(key, hash)
  return hash % segments
}

function projected(item: Item, { ProjectionExpression, ExpressionAttributeNames }: ItemRequest): Item {
  if (ProjectionExpression === undefined) return item
  const names = ProjectionExpression.split(/,\s*/).map(word => ExpressionAttributeNames?.[word] ?? word)
  return Object.fromEntries(names.flatMap(name => (item[name] ? [[name, item[name]]] : [])))
}

function failed(type: string, more: object): Answer {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...more } }
}
