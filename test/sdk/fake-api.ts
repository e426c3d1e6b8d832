import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Edges } from '../../shared/sdk/retry.ts'

export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON. */
  readonly body: unknown
}

/**
 * An answer, or what a network does: `lost` (the connection breaks after the request arrived), `silent` (no answer
 * ever).
 */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'lost' | 'silent'
export type Respond = (request: Seen, count: number) => Reply

/** A small real HTTP server that answers as told and remembers what it was asked. */
export class FakeApi {
  readonly seen: Seen[] = []
  #respond: Respond = () => ({ status: 500 })
  readonly #server: Server

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      const { method = '', url = '', headers } = request
      const seen = { method, url, headers, text, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
      this.seen.push(seen)
      const reply = this.#respond(seen, this.seen.length)
      if (reply === 'silent') return
      if (reply === 'lost') return void request.socket.destroy()
      const content = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {})
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(content)
    })
  }

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Forgets what was seen, and answers so from now on; several replies are given in turn, the last one for good. */
  answer(respond: Respond | Reply, ...more: Reply[]): void {
    this.seen.length = 0
    const replies = typeof respond === 'function' ? undefined : [respond, ...more]
    this.#respond = replies
      ? (_seen, count) => replies[Math.min(count, replies.length) - 1] ?? 'lost'
      : (respond as Respond)
  }

  last(): Seen {
    const last = this.seen.at(-1)
    if (!last) throw new Error('no request came')
    return last
  }
}

/** Time that passes only in sleeps. */
export function virtualEdges(random = 0.5): Edges & { readonly sleeps: number[]; pass(ms: number): void } {
  let now = Date.parse('2030-01-31T00:00:00Z')
  const sleeps: number[] = []
  return {
    sleeps,
    pass: ms => {
      now += ms
    },
    now: () => now,
    random: () => random,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      sleeps.push(ms)
      now += ms
    },
  }
}

/** A problem document as the API writes it. */
export function problem(status: number, code: string, detail: string, more: Record<string, unknown> = {}): Reply {
  const body = { type: `/redoc#problem-${code}`, title: code, status, detail, code, requestId: 'req-7', ...more }
  return { status, body, headers: { 'content-type': 'application/problem+json' } }
}

export const TASK_ID = 'task_0123456789ABCDEFGHJKMNPQRS'

/** A task as the API shows it by its id. */
export function shownTask(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: TASK_ID,
    name: 'echo',
    state: 'PENDING',
    priority: 2,
    run: 1,
    attempt: 0,
    attemptsLeft: 5,
    maxAttempts: 5,
    createdAt: '2030-01-31T00:00:00.000Z',
    runAt: '2030-01-31T00:00:01.000Z',
    cancelRequested: false,
    version: 1_896_048_000_000,
    history: [],
    ...more,
  }
}
