import { ALPHABET, encodeTime } from '../../shared/core/task-id.ts'
import type { Clock, Entropy } from '../../shared/ports/clock.ts'
import type { Version } from './next-version.ts'
import type { World } from './world.ts'

const LETTERS = [...ALPHABET]

/**
 * One process of the system: a sandbox of a function. It dies by never being resumed: its answers and timers are dropped, while
 * requests that it has sent arrive all the same.
 */
export class SimProcess {
  readonly world: World
  readonly name: string
  /** How far its clock is ahead of the world's. */
  skewMs: number
  readonly version: Version
  readonly clock: Clock
  readonly entropy: Entropy
  alive = true
  /** When it was last stopped in the midst of its work. */
  frozenAt: number | undefined
  /** When it last had cause to be late: a call of its own that was not answered well and at once, or a stop. */
  disturbedAt = 0
  /** Tasks of which it has read the row to find out what became of its claim. */
  readonly claimsRead = new Set<string>()
  onDeath: () => void = () => {}
  #stopped = false
  #held: (() => void)[] = []

  constructor(world: World, name: string, skewMs: number, version: Version = 'only') {
    this.world = world
    this.name = name
    this.skewMs = skewMs
    this.version = version
    const { random } = world
    this.clock = {
      now: () => world.now + this.skewMs,
      after: (delayMs, action) => this.post(delayMs, 'timer', action),
    }
    const characters = (count: number) => Array.from({ length: count }, () => random.pick(LETTERS)).join('')
    this.entropy = {
      id: () => encodeTime(this.clock.now()) + characters(16),
      token: () => characters(16),
      random: () => random.next(),
    }
  }

  /** Does something in this process, later. @returns what cancels it */
  post(delayMs: number, label: string, action: () => void): () => void {
    let canceled = false
    const run = () => {
      if (canceled || !this.alive) return
      if (this.#stopped) {
        this.#held.push(() => void this.world.post(0, `${this.name} ${label}`, run))
        return
      }
      this.world.current = this
      action()
    }
    const cancel = this.world.post(delayMs, `${this.name} ${label}`, run)
    return () => {
      canceled = true
      cancel()
    }
  }

  kill(why: string): void {
    if (!this.alive) return
    this.alive = false
    this.#held = []
    this.world.trace.note(this.world.now, `${this.name} dies: ${why}`)
    this.onDeath()
  }

  /** Stops it, as between two events of a function: what should happen in it happens when it goes on. */
  suspend(): void {
    this.#stopped = true
  }

  resume(): void {
    this.#stopped = false
    const held = this.#held
    this.#held = []
    for (const post of held) post()
  }

  /** Stops it for a while in the midst of its work. */
  freeze(ms: number): void {
    if (this.#stopped) return
    this.disturbedAt = this.world.now + ms
    this.frozenAt = this.world.now
    this.suspend()
    this.world.post(ms, `${this.name} thaws`, () => {
      this.frozenAt = this.world.now
      this.resume()
    })
  }
}
