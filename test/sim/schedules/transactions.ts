import type { Bindings, Item } from '../expressions.ts'
import { conditionHolds } from '../expressions.ts'
import type { Faults } from '../faults.ts'
import type { Answer, Call, Service } from '../network.ts'
import type { World } from '../world.ts'

interface Action extends Bindings {
  readonly TableName: string
  readonly ConditionExpression: string
  /** Of a put. */
  readonly Item?: Item
  /** Of a delete. */
  readonly Key?: Item
}

/** A token stands for one request so long. */
const TOKEN_MS = 10 * 60_000

/** Tables that know transactions as well: each is applied whole or not at all, at one instant. */
export function withTransactions(world: World, faults: Faults, service: Service): Service {
  const tokens = new Map<string, number>()

  return call => (call.operation === 'TransactWriteItems' ? transact(call) : service(call))

  function transact(call: Call): Answer {
    const { TransactItems, ClientRequestToken: token } = call.body as {
      readonly TransactItems: readonly { readonly Put?: Action; readonly Delete?: Action }[]
      readonly ClientRequestToken: string
    }
    if (world.now - (tokens.get(token) ?? Number.NEGATIVE_INFINITY) < TOKEN_MS) return { status: 200, body: {} }
    const actions = TransactItems.flatMap(({ Put, Delete }) => Put ?? Delete ?? [])
    if (faults.happens('partlyRefused')) return canceled(actions.map(() => ({ Code: 'TransactionConflict' })))
    const found = actions.map(action => read(call, action))
    const holds = actions.map((action, index) => conditionHolds(action.ConditionExpression, found[index] ?? {}, action))
    if (holds.includes(false)) {
      return canceled(
        holds.map((each, index) => (each ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', Item: found[index] })),
      )
    }
    tokens.set(token, world.now)
    for (const { TableName, Item, Key } of actions)
      service({ ...call, operation: Item ? 'PutItem' : 'DeleteItem', body: { TableName, Item, Key } })
    return { status: 200, body: {} }
  }

  function read(call: Call, { TableName, Item, Key }: Action): Item | undefined {
    const { pk, sk } = Item ?? Key ?? {}
    const body = { TableName, Key: { pk, sk }, ConsistentRead: true }
    return (service({ ...call, operation: 'GetItem', body }).body as { readonly Item?: Item }).Item
  }
}

function canceled(CancellationReasons: readonly object[]): Answer {
  return { status: 400, body: { __type: 'com.amazonaws#TransactionCanceledException', CancellationReasons } }
}
