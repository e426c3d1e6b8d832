import { EventHeap } from './heap.ts'
import type { SimProcess } from './process.ts'
import { createRandom, type Random } from './random.ts'
import { createTrace, type Trace } from './trace.ts'
import type { Violation } from './violation.ts'

const START = Date.parse('2031-05-17T10:00:00Z')

/** Kept from before the traps. */
const realImmediate = setImmediate
/** Ticks come when no promise is left to go on: the promises of one event run to their next wait before the next event. */
const settled = () => new Promise<void>(resolve => process.nextTick(resolve))
/** Whoever runs this has to be heard now and then. */
const BREATH = 2_000

/** Virtual time, one heap of events, one source of chance. */
export class World {
  readonly random: Random
  readonly trace: Trace
  now = START
  /** The process whose code runs now; timers and chance that its libraries ask for are taken for its own. */
  current: SimProcess | undefined
  /** Faults happen. */
  faulty = true
  /** Clocks may be wrong by an hour: nothing is said of times then. */
  timeless = false
  violation: Violation | undefined
  /** An error that nobody expects: of the simulation, or of the program. */
  failure: unknown
  readonly #heap = new EventHeap()
  #order = 0

  constructor(seed: number) {
    this.random = createRandom(seed)
    this.trace = createTrace()
  }

  /** @returns what cancels it */
  post(delayMs: number, label: string, run: () => void): () => void {
    const at = this.now + Math.max(0, Math.ceil(delayMs))
    const event = { at, order: this.#order++, label, run, canceled: false }
    this.#heap.push(event)
    return () => {
      event.canceled = true
    }
  }

  /** Posts something again and again, as long as the history goes on: after so long, and each time as long after it was done. */
  every(ms: number, label: string, run: () => void): void {
    this.post(ms, label, () => {
      run()
      this.every(ms, label, run)
    })
  }

  /** The first one counts: what follows from a broken promise proves nothing. */
  violate(violation: Violation): void {
    this.violation ??= violation
  }

  /** Goes on until `isOver` or until nothing happens any more or time is up. @returns whether it is over */
  async run(until: number, isOver: () => boolean): Promise<boolean> {
    while (!this.violation && this.failure === undefined) {
      if (isOver()) return true
      const event = this.#heap.pop()
      if (!event) return isOver()
      if (event.canceled) continue
      if (event.at > until) {
        this.#heap.push(event)
        this.now = until
        return isOver()
      }
      this.now = event.at
      this.trace.note(event.at, event.label)
      try {
        event.run()
        await (this.#order % BREATH === 0 ? new Promise<void>(resolve => void realImmediate(resolve)) : settled())
      } catch (error) {
        this.failure = error
      }
      this.current = undefined
    }
    return false
  }
}
