/** A submit as a client sent it. */
export interface Sent {
  /** Serial number, in the payload too. */
  readonly n: number
  readonly name: string
  readonly key: string | undefined
  readonly task: Readonly<Record<string, unknown>>
}

export interface Ack extends Sent {
  readonly id: string
}

/** What the clients know of a server that keeps being killed: what they sent, what was acknowledged, and what was left open. */
export class AckLog {
  /** By id. */
  readonly acks = new Map<string, Ack>()
  /** By serial number: sent, and the connection broke before the answer. */
  readonly unanswered = new Map<number, Sent>()
  readonly sent = new Map<number, Sent>()

  sending(request: Sent): void {
    this.sent.set(request.n, request)
  }

  broken(request: Sent): void {
    this.unanswered.set(request.n, request)
  }

  acknowledged(request: Sent, id: string): void {
    const before = this.acks.get(id)
    if (before && before.n !== request.n) throw new Error(`${id} was acknowledged for ${before.n} and for ${request.n}`)
    this.acks.set(id, { ...request, id })
    this.unanswered.delete(request.n)
  }
}
