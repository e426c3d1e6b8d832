import type { Bindings, Item } from './expressions.ts'
import { conditionHolds } from './expressions.ts'
import type { Faults } from './faults.ts'
import type { Answer, Call, Service } from './network.ts'
import type { World } from './world.ts'

interface Action extends Bindings {
  readonly TableName: string
  readonly ConditionExpression: string
  /** Of a put. */
  readonly Item?: Item
  /** Of all others. */
  readonly Key?: Item
}

const OPERATIONS = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: undefined } as const
type Kind = keyof typeof OPERATIONS

/** A token stands for one request so long. */
const TOKEN_MS = 10 * 60_000

/** Tables that know transactions as well: each is applied whole or not at all, at one instant. */
export function withTransactions(world: World, faults: Faults, service: Service): Service {
  const tokens = new Map<string, number>()

  return call => (call.operation === 'TransactWriteItems' ? transact(call) : service(call))

  function transact(call: Call): Answer {
    const { TransactItems, ClientRequestToken: token } = call.body as {
      readonly TransactItems: readonly Readonly<Partial<Record<Kind, Action>>>[]
      readonly ClientRequestToken: string
    }
    if (world.now - (tokens.get(token) ?? Number.NEGATIVE_INFINITY) < TOKEN_MS) return { status: 200, body: {} }
    const actions = TransactItems.flatMap(item => Object.entries(item) as [Kind, Action][])
    if (faults.happens('partlyRefused')) return canceled(actions.map(() => ({ Code: 'TransactionConflict' })))
    const found = actions.map(([, action]) => read(call, action))
    const holds = actions.map(([, action], index) =>
      conditionHolds(action.ConditionExpression, found[index] ?? {}, action),
    )
    if (holds.includes(false)) {
      return canceled(
        holds.map((each, index) => (each ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', Item: found[index] })),
      )
    }
    tokens.set(token, world.now)
    for (const [kind, action] of actions) {
      const operation = OPERATIONS[kind]
      if (operation) service({ ...call, operation, body: { ...action } })
    }
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
