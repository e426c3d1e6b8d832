import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { AwsClients } from './aws-resources.ts'

/** What went out, below the client's own retries. */
export interface SeenRequest {
  /** `PutItem`, `SendMessageBatch`, …; of the Scheduler, which has none, its method. */
  readonly operation: string
  readonly body: Readonly<Record<string, unknown>>
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Takes the place of a request: `send` lets it, or another one in its place, through to the emulator. */
export type Act = (send: (body?: object) => Promise<Answer>, request: SeenRequest) => Promise<Answer>

/** What goes wrong between a client and AWS, request by request. */
export interface Faults {
  readonly seen: readonly SeenRequest[]
  /** Operations that went out, in order. */
  operations(): string[]
  /** The most requests that were on their way at once. */
  inFlight(): number
  /** What happens to the next requests of an operation, one after the other. */
  next(operation: string, ...acts: Act[]): void
  /** What happens to every request of an operation from now on; as before when left out. */
  always(operation: string, act?: Act): void
}

/** The request is done, and its answer lost on the way back. */
export const loseAnswer: Act = async send => {
  await send()
  throw broken('ECONNRESET')
}

/** The request never arrives. */
export const loseRequest: Act = async () => {
  throw broken('ECONNREFUSED')
}

/** AWS answers with an error, and does nothing. */
export function refuse(type: string, status = 400): Act {
  return async () => ({
    status,
    body: { __type: `com.amazonaws#${type}`, message: 'arn:aws:iam::1:role/secret may not' },
  })
}

/** Something happens first. */
export function doFirst(action: () => Promise<unknown>): Act {
  return async send => {
    await action()
    return send()
  }
}

interface Request {
  readonly method: string
  readonly headers: Record<string, string>
  body?: unknown
}
interface Response {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body?: unknown
}
interface RequestHandler {
  handle(request: Request, options?: unknown): Promise<{ response: Response }>
}

/** Puts itself between a client and the network. */
export function faultyRequests(client: AwsClients['dynamodb' | 'sqs' | 'scheduler']): Faults {
  // The handler of HTTP requests, as far as it is needed here; the client asks its configuration for it with each command.
  const config = client.config as unknown as { requestHandler: RequestHandler }
  const inner = config.requestHandler
  const seen: SeenRequest[] = []
  const queued = new Map<string, Act[]>()
  const standing = new Map<string, Act>()
  let flying = 0
  let most = 0

  async function handle(request: Request, options?: unknown): Promise<{ response: Response }> {
    const operation = request.headers['x-amz-target']?.split('.')[1] ?? request.method
    const each: SeenRequest = { operation, body: JSON.parse(textOf(request.body) || '{}') }
    seen.push(each)
    const act = queued.get(operation)?.shift() ?? standing.get(operation)
    most = Math.max(most, ++flying)
    try {
      if (!act) return await inner.handle(request, options)
      return responseOf(await act(body => send(request, body, options), each))
    } finally {
      flying--
    }
  }

  async function send(request: Request, body: object | undefined, options: unknown): Promise<Answer> {
    if (body) {
      request.body = JSON.stringify(body)
      request.headers['content-length'] = String(Buffer.byteLength(JSON.stringify(body)))
    }
    const { response } = await inner.handle(request, options)
    const text = await buffer(response.body as Readable)
    return { status: response.statusCode, body: JSON.parse(text.toString() || '{}') }
  }

  config.requestHandler = Object.assign(Object.create(inner) as RequestHandler, { handle })
  return {
    seen,
    operations: () => seen.map(({ operation }) => operation),
    inFlight: () => most,
    next: (operation, ...acts) => void queued.set(operation, [...(queued.get(operation) ?? []), ...acts]),
    always(operation, act) {
      if (act) standing.set(operation, act)
      else standing.delete(operation)
    },
  }
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : new TextDecoder().decode((body ?? new Uint8Array()) as Uint8Array)
}

function responseOf({ status, body }: Answer): { response: Response } {
  const bytes = Buffer.from(JSON.stringify(body))
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'content-length': String(bytes.length) }
  return { response: { statusCode: status, headers, body: Readable.from([bytes]) } }
}

function broken(code: string): Error {
  return Object.assign(new Error(`the test has cut the line: ${code}`), { code })
}
