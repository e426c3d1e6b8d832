import { AckLog, type Sent } from './ack-log.ts'
import { Client } from './client.ts'

/** Numbers from a seed, so that a failing run can be repeated. Source: mulberry32. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Submits without pause over many connections until the server dies under it. */
export class KillLoad {
  readonly log = new AckLog()
  /** Ids whose cancel was answered with 200. */
  readonly canceled = new Set<string>()
  readonly #random: () => number
  #next = 1

  constructor(seed: number) {
    this.#random = random(seed)
  }

  /** @returns the number of acknowledgements */
  async run(url: string, connections: number): Promise<number> {
    const before = this.log.acks.size
    const client = new Client(url, connections)
    await Promise.all(Array.from({ length: connections }, () => this.#submitUntilBroken(client)))
    client.close()
    return this.log.acks.size - before
  }

  /** Sends what got no answer, and some of what did, once more: each key must find its one task. */
  async repeat(url: string): Promise<{ repeated: number; replayed: number }> {
    const client = new Client(url, 8)
    const open = [...this.log.unanswered.values()].filter(({ key }) => key !== undefined)
    const known = [...this.log.acks.values()].filter(({ key }) => key !== undefined)
    const sample = Array.from(
      { length: Math.min(20, known.length) },
      () => known[Math.floor(this.#random() * known.length)],
    )
    let replayed = 0
    for (const ack of sample) {
      if (!ack) continue
      const answer = await client.send('POST', '/api/v1/tasks', this.#request(ack))
      const { id } = answer.body as { id: string }
      if (answer.status !== 202 || id !== ack.id || answer.headers['idempotency-replayed'] !== 'true') {
        throw new Error(`the key of ${ack.id} found ${answer.status} ${answer.text}`)
      }
      replayed++
    }
    for (const request of open) await this.#submit(client, request)
    client.close()
    return { repeated: open.length, replayed }
  }

  async #submitUntilBroken(client: Client): Promise<void> {
    for (;;) {
      const request = this.#make()
      this.log.sending(request)
      let answered = false
      try {
        const id = await this.#submit(client, request)
        answered = true
        if (request.name === 'quick' && 'delay' in request.task && this.#random() < 0.3) await this.#cancel(client, id)
      } catch (error) {
        if (!isBroken(error)) throw error
        // The connection may also have broken during the cancel.
        if (!answered) this.log.broken(request)
        return
      }
    }
  }

  async #submit(client: Client, request: Sent): Promise<string> {
    const answer = await client.send('POST', '/api/v1/tasks', this.#request(request))
    if (answer.status !== 202) throw new Error(`submit: ${answer.status} ${answer.text}`)
    const { id } = answer.body as { id: string }
    this.log.acknowledged(request, id)
    return id
  }

  async #cancel(client: Client, id: string): Promise<void> {
    const answer = await client.send('POST', `/api/v1/tasks/${id}/cancel`)
    if (answer.status === 200) this.canceled.add(id)
    else if (answer.status !== 202 && answer.status !== 409) throw new Error(`cancel: ${answer.status} ${answer.text}`)
  }

  #request({ task, key }: Sent) {
    return { json: task, ...(key !== undefined && { headers: { 'idempotency-key': key } }) }
  }

  #make(): Sent {
    const n = this.#next++
    const key = this.#random() < 0.4 ? `order-${n}` : undefined
    const priority = 1 + Math.floor(this.#random() * 5)
    return { n, key, ...this.#work(n, priority) }
  }

  #work(n: number, priority: number): Pick<Sent, 'name' | 'task'> {
    const kind = this.#random()
    const form = (name: string, payload: object, more: object = {}) => ({
      name,
      task: { name, priority, payload, ...more },
    })
    if (kind < 0.55) return form('quick', { n })
    if (kind < 0.7) return form('quick', { n }, { delay: `${Math.floor(this.#random() * 20_000)}ms` })
    if (kind < 0.78) return form('nap', { n, ms: 100 + Math.floor(this.#random() * 500) })
    // One that may start only once: killed while it runs, its budget is spent.
    if (kind < 0.8) return form('nap', { n, ms: 300 }, { maxAttempts: 1 })
    return form('shaky', { n, failures: 1 + Math.floor(this.#random() * 2) })
  }
}

function isBroken(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(code ?? '') || message === 'the answer broke off'
}
