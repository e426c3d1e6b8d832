import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import { ConflictException, ResourceNotFoundException } from '@aws-sdk/client-scheduler'
import type { Clients } from './clients.ts'
import type { Answer, Call, Send } from './network.ts'
import type { SimProcess } from './process.ts'

/** The part of a command that says what is wanted; its class is named after the operation. */
interface Command {
  readonly input: Call['body']
}

interface Options {
  readonly abortSignal?: AbortSignal
}

interface Output {
  readonly output: object
}

type Handler = (given: object) => Promise<Output>
type Middleware = (next: Handler, context: object) => Handler

/** What is used of a client of the SDK, whatever its service. */
interface Model {
  readonly middlewareStack: {
    identify(): string[]
    remove(name: string): boolean
    /** Hands its parts to whoever adds them to another one. */
    applyToStack(other: { add(part: Middleware): void; identifyOnResolve(): void }): void
  }
  readonly config: { retryStrategy: () => Promise<object> }
}

const RETRIES = 'retryMiddleware'
/** Those that stand before or after another one: they are not told. */
const RELATIVE = ['httpAuthSchemeMiddleware', 'endpointV2Middleware', 'queueUrlMiddleware']

/** The SDK's clients without what neither decides nor waits: what they write for the wire, and read from it. Retries stay its own. */
export function shortened(models: Clients, process: SimProcess, send: Send): Clients {
  const short = <Client>(model: Client, service: Call['service']): Client => {
    const retrying = retries.get(model as Model) // by what is used of it
    if (!retrying) throw new Error('nobody has learned how it retries')
    let strategy: object | undefined
    const client = Object.create(model as object) as Client & { send: unknown }
    client.send = async (command: Command & object, { abortSignal }: Options = {}) => {
      const operation = command.constructor.name.replace(/Command$/, '')
      strategy ??= newStrategy(model as Model)
      const call = { service, operation, body: command.input, from: process }
      const context = { __smithy_context: { abortSignal } }
      const handle = retrying(async () => ({ output: outputOf(await send(call, abortSignal)) }), context)
      current = strategy
      const { output } = await handle({ input: command.input })
      return output
    }
    return client
  }
  return {
    dynamodb: short(models.dynamodb, 'dynamodb'),
    sqs: short(models.sqs, 'sqs'),
    scheduler: short(models.scheduler, 'scheduler'),
    lambda: short(models.lambda, 'lambda'),
  }
}

/** What a retry asks for as its first act: the budget of the process that is about to send. */
let current: object | undefined
/** The SDK's own strategies, unused: it does not export their class. */
const unused = new WeakMap<Model, object>()

/** What each of them does of all this: taken out once, because putting it together anew for each call takes longer than the call. */
const retries = new WeakMap<Model, Middleware>()

/** Leaves nothing on a model but its retries. */
function retriesOf({ middlewareStack }: Model): Middleware {
  const names = middlewareStack.identify().map(line => line.split(' ')[0] ?? '')
  for (const name of [...names, ...RELATIVE]) if (name !== RETRIES) middlewareStack.remove(name)
  const parts: Middleware[] = []
  // Fails at once when something stands on what is not there any more.
  middlewareStack.applyToStack({ add: part => void parts.push(part), identifyOnResolve() {} })
  const [retrying, ...others] = parts
  if (!retrying || others.length > 0) throw new Error(`${parts.length} parts are left: ${middlewareStack.identify()}`)
  return retrying
}

/** Each process has a budget of its own. */
function newStrategy(model: Model): object {
  const strategy = unused.get(model) ?? {}
  return Object.assign(Object.create(Object.getPrototypeOf(strategy)), strategy)
}

/** Once, before anything is simulated. */
export async function learnRetries(models: Clients): Promise<void> {
  for (const model of Object.values(models) as unknown as Model[]) {
    const strategy = await model.config.retryStrategy()
    unused.set(model, strategy)
    retries.set(model, retriesOf(model))
    model.config.retryStrategy = () => Promise.resolve(current ?? strategy)
  }
}

const classes: Readonly<Record<string, new (options: never) => Error>> = {
  ConditionalCheckFailedException,
  ConflictException,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
}

/** As the SDK reads an answer. */
function outputOf({ status, body }: Answer): object {
  const $metadata = { httpStatusCode: status }
  if (status < 300) return { ...body, $metadata }
  const { __type = '', ...more } = body as { readonly __type?: string }
  const name = __type.split('#').at(-1) ?? ''
  const Kind = classes[name]
  const error = Kind
    ? new Kind({ message: name, $metadata, ...more } as never)
    : Object.assign(new Error(name), { name })
  throw Object.assign(error, { $metadata })
}
