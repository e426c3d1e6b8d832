import type { TestProject } from 'vitest/node'
import { startMiniStack } from '../../scripts/stack/ministack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where AWS answers. */
    readonly emulatorUrl: string
  }
}

/** One emulator for all suites of a run, or the one that is named; each test has tables and queues of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.PULSE_EMULATOR_URL
  if (running) {
    project.provide('emulatorUrl', running)
    return async () => {}
  }
  const emulator = await startMiniStack()
  project.provide('emulatorUrl', emulator.url)
  return () => emulator.stop()
}
