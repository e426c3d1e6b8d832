import { createHash } from 'node:crypto'
import { type Bindings, conditionHolds, type Item, Refused, updated } from './expressions.ts'
import type { Faults } from './faults.ts'
import type { Answer, Call } from './network.ts'
import type { World } from './world.ts'

/** One change of one item, told as it happens. */
export interface Write {
  readonly table: string
  readonly before: Item | undefined
  readonly after: Item | undefined
  readonly call: Call
}

interface Stored {
  readonly item: Item
  readonly before: Item | undefined
  readonly at: number
}

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
}

/** Small, so that walks have many pages. */
const PAGE = 5
/** How old an answer may be that need not be consistent. */
const STALE_MS = 1_000

/** Tables as DynamoDB keeps them: every call is applied whole, at one instant. */
export function createDynamo(world: World, faults: Faults, onWrite: (write: Write) => void) {
  const tables = new Map<string, Map<string, Stored>>()

  function tableOf(name: string): Map<string, Stored> {
    const table = tables.get(name) ?? new Map<string, Stored>()
    tables.set(name, table)
    return table
  }

  function write(table: string, key: string, after: Item | undefined, call: Call): void {
    const stored = tableOf(table)
    const before = stored.get(key)?.item
    if (after) stored.set(key, { item: after, before, at: world.now })
    else stored.delete(key)
    onWrite({ table, before, after, call })
  }

  /** As they are, or for a read that need not be consistent perhaps as they were. */
  function seen(stored: readonly Stored[], request: Pick<ItemRequest, 'ConsistentRead'>): Item[] {
    const items = stored.map(({ item, before, at }) => {
      const mayBeOld = request.ConsistentRead !== true && world.now - at < STALE_MS
      return mayBeOld && faults.happens('staleRead') ? before : item
    })
    return items.filter(item => item !== undefined)
  }

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

  function sorted(table: string): Stored[] {
    return [...tableOf(table)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored)
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
    const condition = request.KeyConditionExpression ?? ''
    const items = seen(sorted(request.TableName), request)
    return { status: 200, body: { Items: items.filter(item => conditionHolds(condition, item, request)) } }
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

function keyOf({ pk, sk }: Item): string {
  return `${pk?.S}\u0000${sk?.S}`
}

function keyAttributes({ pk, sk }: Item): object {
  return { pk, sk }
}

function segmentOf({ pk }: Item, segments: number): number {
  return createHash('md5').update(String(pk?.S)).digest().readUInt32LE(0) % segments
}

function projected(item: Item, { ProjectionExpression, ExpressionAttributeNames }: ItemRequest): Item {
  if (ProjectionExpression === undefined) return item
  const names = ProjectionExpression.split(/,\s*/).map(word => ExpressionAttributeNames?.[word] ?? word)
  return Object.fromEntries(names.flatMap(name => (item[name] ? [[name, item[name]]] : [])))
}

function failed(type: string, more: object): Answer {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...more } }
}
