import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { createConnection } from 'node:net'
import type * as z from 'zod'
import * as schemas from '../../shared/http/answer-schemas.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body, or undefined where it is no JSON. */
  readonly body: unknown
}

export interface RequestOptions {
  readonly json?: unknown
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string | string[]>>
}

export type Task = z.output<typeof schemas.task>
export type Stats = z.output<typeof schemas.statsAnswer>

/** Plain HTTP over a bounded number of kept connections: what it sends is what the test says, and nothing more. */
export class Client {
  readonly #agent: Agent
  readonly #url: string

  constructor(url: string, connections = 16) {
    this.#url = url
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** @throws Error when the connection breaks before the answer is whole */
  send(method: string, path: string, { json, body, headers }: RequestOptions = {}): Promise<Answer> {
    const content = json === undefined ? body : JSON.stringify(json)
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#url + path, {
        method,
        agent: this.#agent,
        headers: {
          ...(content !== undefined && { 'content-length': Buffer.byteLength(content) }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      })
      outgoing.once('error', reject)
      outgoing.once('response', response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('aborted', () => reject(new Error('the answer broke off')))
        response.once('end', () => resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))))
      })
      outgoing.end(content)
    })
  }

  get(path: string, headers?: Record<string, string>): Promise<Answer> {
    return this.send('GET', path, headers && { headers })
  }

  /** @throws Error unless the answer is 202 */
  async submit(
    task: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const answer = await this.send('POST', '/api/v1/tasks', { json: task, headers })
    if (answer.status !== 202) throw new Error(`submit: ${answer.status} ${answer.text}`)
    return (answer.body as { id: string }).id
  }

  async task(id: string, wait = 0): Promise<Task> {
    const answer = await this.get(`/api/v1/tasks/${id}`, wait > 0 ? { prefer: `wait=${wait}` } : {})
    return schemas.task.parse(answer.body)
  }

  async stats(): Promise<Stats> {
    return schemas.statsAnswer.parse((await this.get('/api/v1/stats')).body)
  }

  close(): void {
    this.#agent.destroy()
  }
}

function answerOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Answer {
  const text = bytes.toString()
  const isJson = /json/.test(headers['content-type'] ?? '')
  return { status, headers, text, body: text !== '' && isJson ? JSON.parse(text) : undefined }
}

/** Asks until the answer is as wanted. @throws Error with the last one when that takes too long */
export async function until<T>(
  ask: () => Promise<T> | T,
  wanted: (answer: T) => boolean,
  limitMs = 30_000,
  everyMs = 20,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (performance.now() > end)
      throw new Error(`not within ${limitMs} ms; last: ${JSON.stringify(answer)?.slice(0, 2_000)}`)
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}

export interface RawOptions {
  /** Bytes that follow later, each after the pause. */
  readonly later?: readonly { readonly afterMs: number; readonly bytes: string | Buffer }[]
  /** Looks no further than this; by default until the server closes the connection. */
  readonly limitMs?: number
}

export interface RawAnswer {
  readonly status: number
  readonly text: string
  /** Lower-cased names of the first answer. */
  readonly headers: Readonly<Record<string, string>>
  /** How many answers came on the connection. */
  readonly answers: number
  readonly closed: boolean
}

/** Sends bytes over a connection of their own and collects what comes back, until the server closes it or the time is up. */
export function raw(
  port: number,
  bytes: string | Buffer,
  { later = [], limitMs = 5_000 }: RawOptions = {},
): Promise<RawAnswer> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    let text = ''
    const finish = (closed: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ...parseHead(text), text, answers: text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0, closed })
    }
    const timer = setTimeout(() => finish(false), limitMs)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    socket.once('close', () => finish(true))
    // A server that refuses may stop reading before all is sent.
    socket.on('error', () => {})
    socket.write(bytes)
    for (const { afterMs, bytes: more } of later) setTimeout(() => socket.writable && socket.write(more), afterMs)
  })
}

function parseHead(text: string): Pick<RawAnswer, 'status' | 'headers'> {
  const [statusLine = '', ...lines] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  const fields = lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers: Object.fromEntries(fields) }
}
