import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createDynamoDbMeter } from './dynamodb-meter.ts'
import { type Answer, type Ask, type Call, callOf, forwardTo, type Wire } from './exchange.ts'
import { add, type Usage, used } from './prices.ts'
import { sqsRequests } from './sqs-meter.ts'
import { createTables } from './tables.ts'

/** Stands between the clients of AWS and AWS, and counts what each call is billed for: below the SDK, so that its retries count, too. */
export interface Meter {
  /** Where clients have to send their requests. */
  readonly url: string
  /** Everything that was counted since it was asked last. */
  take(): Counted
  /** What the emulator has reported of a write and the meter has counted otherwise, and calls that could not be counted. */
  readonly objections: readonly string[]
  close(): Promise<void>
}

export interface Counted {
  readonly usage: Usage
  /** Calls by service and operation: `dynamodb PutItem`. */
  readonly calls: Readonly<Record<string, number>>
  /** Bytes of the largest item that was written. */
  readonly largestItem: number
}

export const nothing: Counted = { usage: used({}), calls: {}, largestItem: 0 }

export function together(one: Counted, other: Counted): Counted {
  const names = new Set([...Object.keys(one.calls), ...Object.keys(other.calls)])
  return {
    usage: add(one.usage, other.usage),
    calls: Object.fromEntries([...names].map(name => [name, (one.calls[name] ?? 0) + (other.calls[name] ?? 0)])),
    largestItem: Math.max(one.largestItem, other.largestItem),
  }
}

/** @param url of the emulator */
export async function startMeter(url: string): Promise<Meter> {
  const { forward, ask } = forwardTo(url)
  const count = createCount(ask)
  const objections: string[] = []
  let counted = nothing

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = callOf(request, await buffer(request))
    const counting = await count(call, objection => objections.push(objection))
    const answer = await forward(call)
    const one = await counting(answer)
    counted = together(counted, { ...one, calls: { [`${call.service} ${call.operation}`]: 1 } })
    response.writeHead(answer.status, answer.headers)
    response.end(answer.bytes)
  }

  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => {
      objections.push(String(error))
      response.writeHead(501, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ __type: 'NotMetered', message: String(error) }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port

  return {
    url: `http://127.0.0.1:${port}`,
    objections,
    take() {
      const taken = counted
      counted = nothing
      return taken
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type Count = (
  call: Call,
  object: (objection: string) => void,
) => Promise<(answer: Answer) => Promise<Omit<Counted, 'calls'>>>

function createCount(ask: Ask): Count {
  const dynamodb = createDynamoDbMeter(createTables(ask), ask)
  return async (call, object) => {
    if (call.service !== 'dynamodb') return async answer => ({ ...nothing, usage: countOther(call, answer.body) })
    const begin = dynamodb[call.operation]
    if (!begin) throw new TypeError(`the meter does not know what DynamoDB bills for ${call.operation}`)
    const end = await begin(call.body)
    return async answer => {
      const { bytes = 0, ...capacity } = await end(answer)
      const reported = answer.body.ConsumedCapacity?.CapacityUnits
      // The emulator is right about writes of one item, and about nothing else.
      if (
        call.operation !== 'TransactWriteItems' &&
        capacity.writeUnits > 0 &&
        answer.ok &&
        reported !== capacity.writeUnits
      )
        object(`${call.operation}: ${capacity.writeUnits} write units counted, ${reported} reported`)
      return { usage: used(capacity), largestItem: bytes }
    }
  }
}

function countOther({ service, operation, body }: Call, answered: Wire): Usage {
  switch (service) {
    case 'sqs': {
      const requests = sqsRequests(operation, body, answered)
      return used({ sqsRequests: requests, fairRequests: requests })
    }
    case 'scheduler':
      // Making, changing and removing one is free. One that fires once will; of others, each fire is counted.
      if (operation === 'POST /schedules') return used({ timers: /^at\(/.test(body.ScheduleExpression) ? 1 : 0 })
      if (/^(?:PUT|DELETE) \/schedules$/.test(operation)) return used({})
      break
    case 'lambda':
      // Asking for mappings is free, and so is turning them on and off.
      if (/ \/2015-03-31\/event-source-mappings$/.test(operation)) return used({})
      break
    case 'secretsmanager':
      return used({ secretCalls: 1 })
    case 'monitoring':
      return used({ metricReads: 1 })
  }
  throw new TypeError(`the meter does not know what ${service} bills for ${operation}`)
}
