import { Readable } from 'node:stream'
import type { LambdaClient } from '@aws-sdk/client-lambda'

/** A call to Lambda's API, below the client's own retries. */
export interface SeenCall {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

interface Request {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}
interface RequestHandler {
  handle(request: Request, options?: unknown): Promise<{ response: object }>
}

/** Stands between a client of Lambda and the network: its API has no names of operations, only methods and paths. */
export interface LambdaRequests {
  readonly seen: readonly SeenCall[]
  /** From now on calls of a method are answered so, and not made; as before without an answer. */
  answer(method: string, status?: number, body?: object, errorType?: string): void
  /** Happens before each call of a method. */
  before(method: string, action: () => Promise<unknown>): void
}

export function lambdaRequests(client: LambdaClient): LambdaRequests {
  // The handler of HTTP requests, as far as it is needed here; the client asks its configuration for it with each command.
  const config = client.config as unknown as { requestHandler: RequestHandler }
  const inner = config.requestHandler
  const seen: SeenCall[] = []
  const answers = new Map<string, () => object>()
  const actions = new Map<string, () => Promise<unknown>>()

  async function handle(request: Request, options?: unknown): Promise<{ response: object }> {
    const { method, path, body } = request
    seen.push({ method, path, body: JSON.parse(textOf(body) || 'null') })
    await actions.get(method)?.()
    const answer = answers.get(method)
    return answer ? { response: answer() } : inner.handle(request, options)
  }

  config.requestHandler = Object.assign(Object.create(inner) as RequestHandler, { handle })
  return {
    seen,
    answer(method, status, body = {}, errorType) {
      if (status === undefined) return void answers.delete(method)
      const headers = { 'content-type': 'application/json', ...(errorType && { 'x-amzn-errortype': errorType }) }
      answers.set(method, () => ({
        statusCode: status,
        headers,
        body: Readable.from([Buffer.from(JSON.stringify(body))]),
      }))
    },
    before: (method, action) => void actions.set(method, action),
  }
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : new TextDecoder().decode((body ?? new Uint8Array()) as Uint8Array)
}
