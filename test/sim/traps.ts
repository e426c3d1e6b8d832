import type { World } from './world.ts'

/** The real ones, from before any trap. */
const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  random: Math.random,
}

function noTurns(_action: () => void): void {
  throw new Error('a turn of the real event loop')
}

/**
 * Puts the world's time and chance in the place of the machine's while something runs. The SDK pauses, draws and looks at its watch by
 * itself; whoever asks for real time otherwise has left the simulation, which must not go unnoticed.
 * @param turn does something in the next turn of the event loop
 */
export async function trapped<T>(world: World, run: () => Promise<T>, turn = noTurns): Promise<T> {
  const timers = new Map<number, () => void>()
  let count = 0

  function virtualTimeout(action: (...given: unknown[]) => void, delayMs = 0, ...given: unknown[]): number {
    if (!world.current) throw new Error('a timer outside of any process')
    const id = ++count
    timers.set(
      id,
      world.current.post(delayMs, 'pause', () => action(...given)),
    )
    return id
  }

  function now(): number {
    return world.current?.clock.now() ?? world.now
  }

  class VirtualDate extends real.Date {
    constructor(...given: unknown[]) {
      // A date of no arguments is now.
      super(...((given.length === 0 ? [now()] : given) as [number]))
    }
    static override now = now
  }

  Object.assign(globalThis, {
    Date: VirtualDate,
    setTimeout: virtualTimeout,
    clearTimeout: (id: number) => timers.get(id)?.(),
    setInterval: () => {
      throw new Error('an interval of real time')
    },
    setImmediate: turn,
  })
  Math.random = () => world.random.next()
  crypto.randomUUID = () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
  crypto.getRandomValues = array => {
    const bytes = new Uint8Array((array as Uint8Array).buffer, (array as Uint8Array).byteOffset, array?.byteLength)
    for (const index of bytes.keys()) bytes[index] = world.random.between(0, 255)
    return array
  }
  try {
    return await run()
  } finally {
    const { random, ...globals } = real
    Object.assign(globalThis, globals)
    Math.random = random
    // The own properties that hide the class's methods.
    const own: { randomUUID?: unknown; getRandomValues?: unknown } = crypto
    delete own.randomUUID
    delete own.getRandomValues
  }
}
