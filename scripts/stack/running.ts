import { chosenKind, isUp } from './emulators.ts'
import { type Running, savedRunning } from './saved.ts'

/**
 * The emulator that `npm run stack:up` has started.
 * @throws Error that says what to do when there is none, or another one is asked for
 */
export async function runningEmulator(): Promise<Running> {
  const running = savedRunning()
  if (!running || !(await isUp(running))) throw new Error('no emulator runs: npm run stack:up')
  if (process.env.PULSE_STACK && chosenKind() !== running.kind)
    throw new Error(`${running.kind} runs: unset PULSE_STACK, or npm run stack:down first`)
  return running
}

/** Ends the script with one line for a person, and no stack. */
export async function orExplain(script: () => Promise<void>): Promise<void> {
  try {
    await script()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
