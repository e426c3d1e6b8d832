export interface SimEvent {
  readonly at: number
  /** Number of the event: of two at the same time the one that was posted first comes first. */
  readonly order: number
  readonly label: string
  readonly run: () => void
  canceled: boolean
}

/** Events by their time. */
export class EventHeap {
  readonly #events: SimEvent[] = []

  get size(): number {
    return this.#events.length
  }

  push(event: SimEvent): void {
    const events = this.#events
    let index = events.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfEarlier(index, parent)) return
      index = parent
    }
  }

  pop(): SimEvent | undefined {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (first === undefined || last === undefined || events.length === 0) return first
    events[0] = last
    let index = 0
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2]
      const child = right < events.length && this.#isEarlier(right, left) ? right : left
      if (child >= events.length || !this.#swapIfEarlier(child, index)) return first
      index = child
    }
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    if (!this.#isEarlier(lower, upper)) return false
    const events = this.#events
    const [below, above] = [events[lower], events[upper]]
    if (!below || !above) return false
    events[upper] = below
    events[lower] = above
    return true
  }

  #isEarlier(one: number, other: number): boolean {
    const [a, b] = [this.#events[one], this.#events[other]]
    return a !== undefined && b !== undefined && (a.at - b.at || a.order - b.order) < 0
  }
}
