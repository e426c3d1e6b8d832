import { Agent as HttpAgent, type IncomingHttpHeaders, request as overHttp } from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'

export interface Outgoing {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Incoming {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

const plain = new HttpAgent({ keepAlive: true, maxSockets: 32 })
/** The emulator's certificate is signed by nobody. */
export const encrypted = new HttpsAgent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false })

/**
 * One request as it is written down, `Host` included: the emulator tells APIs apart by it, under names that only some clients can
 * resolve.
 * @throws Error when the connection breaks before the answer is whole
 */
export function exchange(url: URL, { method, headers, body }: Outgoing): Promise<Incoming> {
  const content = Buffer.from(body)
  const options = { method, headers: { ...headers, ...(content.length > 0 && { 'content-length': content.length }) } }
  return new Promise((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? overHttps(url, { ...options, agent: encrypted })
        : overHttp(url, { ...options, agent: plain })
    outgoing.once('error', reject)
    outgoing.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      )
    })
    outgoing.end(content)
  })
}
