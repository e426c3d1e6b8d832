import type { Answer, Call, Send } from './network.ts'
import type { SimProcess } from './process.ts'

interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Takes the place of HTTP below the client of one service. */
export interface RequestHandler {
  handle(request: HttpRequest, options?: { readonly abortSignal?: AbortSignal }): Promise<{ response: object }>
}

/** Reads what the SDK has written for the wire, and writes answers as they would come from it. */
export function createWire(process: SimProcess, service: Call['service'], send: Send): RequestHandler {
  return {
    async handle(request, { abortSignal } = {}) {
      return { response: responseOf(await send(callOf(request, service, process), abortSignal)) }
    },
  }
}

function callOf(request: HttpRequest, service: Call['service'], from: SimProcess): Call {
  const { method, path, headers, body = '' } = request
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const content = text === '' ? {} : (JSON.parse(text) as Call['body'])
  const operation = headers['x-amz-target']?.split('.')[1]
  return operation === undefined
    ? { service, ...restful(`${method} ${path}`, content, text), from }
    : { service, operation, body: content, from }
}

/** The two services that say in method and path what is wanted. */
function restful(line: string, content: Call['body'], text: string): Pick<Call, 'operation' | 'body'> {
  const [, Name] = /^POST \/schedules\/(.+)$/.exec(line) ?? []
  if (Name) return { operation: 'CreateSchedule', body: { ...content, Name } }
  const [, method, UUID] = /^(GET|PUT) \/2015-03-31\/event-source-mappings\/(.+)$/.exec(line) ?? []
  const operation = method === 'GET' ? 'GetEventSourceMapping' : 'UpdateEventSourceMapping'
  if (UUID) return { operation, body: { ...content, UUID } }
  if (line.endsWith('/invocations')) return { operation: 'Invoke', body: { Payload: text } }
  throw new Error(`nobody knows ${line}`)
}

function responseOf({ status, body }: Answer): object {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  return { statusCode: status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: bytes }
}
