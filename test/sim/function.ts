import type { Faults } from './faults.ts'
import type { Version } from './next-version.ts'
import { SimProcess } from './process.ts'
import type { World } from './world.ts'

export interface FunctionOptions<Event, Answer> {
  readonly world: World
  readonly name: string
  readonly timeoutMs: number
  readonly faults: Faults
  /** Some processes run another version than others. */
  readonly versions: boolean
  /** Builds the program in a new process. */
  readonly start: (process: SimProcess) => (event: Event) => Promise<Answer>
  /** Hears of every process that dies. */
  readonly onDeath?: (process: SimProcess) => void
}

interface Sandbox<Event, Answer> {
  readonly process: SimProcess
  readonly handle: (event: Event) => Promise<Answer>
}

const REUSE = 0.7
/** Clocks are off by so much at most, in either direction. */
const SKEW_MS = 1_000
const JUMP_MS = 3_600_000
const JUMP_WITHIN_MS = 30_000

/** A Lambda function: sandboxes that take one event at a time, are frozen in between, and die when they take too long. */
export class LambdaFunction<Event, Answer> {
  readonly #options: FunctionOptions<Event, Answer>
  readonly #idle: Sandbox<Event, Answer>[] = []
  #count = 0

  constructor(options: FunctionOptions<Event, Answer>) {
    this.#options = options
  }

  /**
   * @param done hears the answer, or undefined when there is none: it has failed or died
   * @returns who works on it
   */
  invoke(event: Event, done: (answer: Answer | undefined) => void): SimProcess {
    const { world, timeoutMs, onDeath } = this.#options
    const sandbox = this.#sandbox()
    const { process } = sandbox
    let over = false
    const end = (answer: Answer | undefined) => {
      if (over) return
      over = true
      cancelTimeout()
      world.post(1, `${process.name} is done`, () => done(answer))
    }
    const cancelTimeout = world.post(timeoutMs, `${process.name} times out`, () => process.kill('timeout'))
    process.onDeath = () => {
      end(undefined)
      onDeath?.(process)
    }
    const finish = (answer: Answer | undefined) => {
      process.suspend()
      this.#idle.push(sandbox)
      end(answer)
    }
    process.resume()
    this.#jump(process)
    process.post(world.random.between(1, 300), 'is called', () => {
      sandbox.handle(event).then(finish, error => {
        world.trace.note(world.now, `${process.name} fails: ${error}`)
        finish(undefined)
      })
    })
    return process
  }

  /** Its clock is set, back or ahead; once nothing fails any more it is right again. */
  #jump(process: SimProcess): void {
    const { world, faults } = this.#options
    if (!world.faulty) process.skewMs = Math.max(-SKEW_MS, Math.min(SKEW_MS, process.skewMs))
    else if (faults.happens('clockJumped')) {
      const { random } = world
      world.post(random.between(0, JUMP_WITHIN_MS), `the clock of ${process.name} jumps`, () => {
        process.skewMs = random.between(-JUMP_MS, JUMP_MS)
      })
    }
  }

  #sandbox(): Sandbox<Event, Answer> {
    const { world, name, start } = this.#options
    if (this.#idle.length > 0 && world.random.chance(REUSE)) {
      const [sandbox] = this.#idle.splice(world.random.between(0, this.#idle.length - 1), 1)
      if (sandbox?.process.alive && !this.#isReplaced(sandbox.process)) return sandbox
    }
    const process = new SimProcess(world, `${name}-${++this.#count}`, this.#skew(), this.#version())
    world.current = process
    const handle = start(process)
    world.current = undefined
    return { process, handle }
  }

  #skew(): number {
    const { world, faults } = this.#options
    return faults.happens('clockSkewed') ? world.random.between(-SKEW_MS, SKEW_MS) : 0
  }

  #version(): Version {
    const { faults, versions } = this.#options
    if (!versions) return 'only'
    return faults.happens('olderVersion') ? 'older' : 'next'
  }

  /** The deployment of the next version has come to its end. */
  #isReplaced({ world, version }: SimProcess): boolean {
    return version === 'older' && !world.faulty
  }
}
