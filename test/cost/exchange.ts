import type { IncomingMessage } from 'node:http'

/** What a request or an answer says in JSON, of which each operation knows its own part. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Wire = any

export interface Answer {
  readonly ok: boolean
  readonly body: Wire
}

/** A request to AWS. */
export interface Call {
  /** As it was signed: `dynamodb`. */
  readonly service: string
  /** `PutItem`; of services that have none, method and path up to the name of a thing: `POST /schedules`. */
  readonly operation: string
  /** Nothing when it is not JSON. */
  readonly body: Wire
  readonly bytes: Buffer
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Forwarded extends Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

/** Asks DynamoDB itself, past the meter. */
export type Ask = (operation: string, request: object) => Promise<Wire>

const JSON_TYPE = 'application/x-amz-json-1.0'
/** Of the connection, not of the message. */
const HOP_HEADERS = new Set(['host', 'connection', 'content-length', 'expect', 'transfer-encoding', 'keep-alive'])
const SIGNED = /Credential=[^/]+\/\d+\/[^/]+\/([\w-]+)\//

export function callOf({ headers, method = 'POST', url = '/' }: IncomingMessage, bytes: Buffer): Call {
  const [, service = ''] = SIGNED.exec(headers.authorization ?? '') ?? []
  const [, target] = String(headers['x-amz-target'] ?? '').split('.')
  const end = Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name))
  return {
    service,
    operation: target ?? `${method} ${collectionOf(url)}`,
    body: jsonOf(bytes, headers['content-type']),
    bytes,
    path: url,
    method,
    headers: Object.fromEntries(end.map(([name, value]) => [name, String(value)])),
  }
}

/** A version in front belongs to it. */
function collectionOf(url: string): string {
  return /^(?:\/\d{4}-\d\d-\d\d)?\/[\w-]*/.exec(url)?.[0] ?? url
}

/** @param url of the emulator, which takes any signature */
export function forwardTo(url: string): { forward(call: Call): Promise<Forwarded>; ask: Ask } {
  async function send(path: string, method: string, headers: Record<string, string>, body: Buffer): Promise<Forwarded> {
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(method !== 'GET' && { body: Uint8Array.from(body) }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const type = answer.headers.get('content-type') ?? JSON_TYPE
    return {
      ok: answer.ok,
      status: answer.status,
      headers: { 'content-type': type },
      bytes,
      body: jsonOf(bytes, type),
    }
  }

  return {
    forward({ service, path, method, headers, body, bytes }) {
      // Its report is compared with what the meter counts.
      const sent =
        service === 'dynamodb' ? Buffer.from(JSON.stringify({ ...body, ReturnConsumedCapacity: 'TOTAL' })) : bytes
      return send(path, method, headers, sent)
    },
    async ask(operation, request) {
      const headers = {
        'content-type': JSON_TYPE,
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20310517/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      }
      const { ok, body } = await send('/', 'POST', headers, Buffer.from(JSON.stringify(request)))
      if (!ok) throw new Error(`the emulator refused ${operation}: ${JSON.stringify(body)}`)
      return body
    },
  }
}

function jsonOf(bytes: Buffer, type = ''): Wire {
  return bytes.length > 0 && type.includes('json') ? JSON.parse(bytes.toString()) : {}
}
