import { request } from 'node:http'
import { AckLog, type Sent } from '../helpers/ack-log.ts'

/** A caller that waits no longer than this asks again. */
const PATIENCE_MS = 5_000
const PAUSE_MS = 150
const GIVES_UP_MS = 150_000

export interface Work {
  readonly name?: 'work' | 'compute'
  readonly ms?: number
  readonly firstMs?: number
  readonly failures?: number
}

/** Submits through a network that fails, with a key each, until it is told that its task is stored. */
export class Caller {
  readonly log = new AckLog()
  /** Requests that were left without a usable answer. */
  failures = 0
  readonly #url: string
  #next = 1

  constructor(url: string) {
    this.#url = url
  }

  /** @returns the ids, once all are acknowledged */
  submit(count: number, work: Work = {}): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.#submitOne(this.#make(work))))
  }

  /** All in one request, which is repeated as it was until every item is acknowledged. */
  async submitBatch(count: number, work: Work = {}): Promise<string[]> {
    const sent = Array.from({ length: count }, () => this.#make(work))
    const tasks = sent.map(({ task, key }) => ({ ...task, idempotencyKey: key }))
    const body = await this.#until('/api/v1/tasks/batch', { tasks }, {}, 200)
    const { items } = body as { items: { status: number; id: string }[] }
    return items.map(({ status, id }, index) => {
      const request = sent[index]
      if (status !== 202 || !request) throw new Error(`item ${index} of a batch: ${status}`)
      this.log.acknowledged(request, id)
      return id
    })
  }

  #make({ name = 'work', ...work }: Work): Sent {
    const n = this.#next++
    const sent = { n, name, key: `order-${n}`, task: { name, payload: { n, ...work } } }
    this.log.sending(sent)
    return sent
  }

  async #submitOne(sent: Sent): Promise<string> {
    const { id } = (await this.#until('/api/v1/tasks', sent.task, { 'idempotency-key': sent.key ?? '' }, 202)) as {
      id: string
    }
    this.log.acknowledged(sent, id)
    return id
  }

  async #until(
    path: string,
    json: unknown,
    headers: Readonly<Record<string, string>>,
    wanted: number,
  ): Promise<unknown> {
    const end = performance.now() + GIVES_UP_MS
    for (;;) {
      const answer = await post(this.#url + path, JSON.stringify(json), headers)
      if (answer?.status === wanted) return answer.body
      if (answer && answer.status < 500 && answer.status !== 408)
        throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      this.failures++
      if (performance.now() > end) throw new Error(`${path}: not within ${GIVES_UP_MS} ms`)
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Over a connection of its own, so that each request meets a fault of its own. @returns undefined when no whole answer came */
function post(url: string, text: string, headers: Readonly<Record<string, string>>): Promise<Answer | undefined> {
  return new Promise(resolve => {
    const outgoing = request(url, {
      method: 'POST',
      agent: false,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    })
    outgoing.once('error', () => resolve(undefined))
    outgoing.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', () => resolve(undefined))
      response.once('close', () => resolve(undefined))
      response.once('end', () => resolve(parsed(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
    })
    outgoing.end(text)
  })
}

function parsed(status: number, text: string): Answer | undefined {
  try {
    return { status, body: JSON.parse(text) }
  } catch {
    // Cut off in its midst.
    return undefined
  }
}
