import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** Counts runs for `.ci/run`, into the file that PULSE_TALLY names. Vitest's own JSON leaves out why a test was skipped. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.PULSE_TALLY
    if (!file) return
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const inState = (state: string) => tests.filter(test => test.result().state === state)
    // A file that could not be read, or a hook that failed, may leave no failed test behind.
    const broken = modules.filter(
      module => module.state() === 'failed' && !inState('failed').some(test => test.module === module),
    )
    const tally: Tally = {
      passed: inState('passed').length,
      failed: inState('failed').length + broken.length + errors.length,
      skipped: tests
        .filter(test => !['passed', 'failed'].includes(test.result().state))
        .map(test => ({ name: `${test.module.relativeModuleId}: ${test.fullName}`, reason: reasonOf(test.result()) })),
    }
    writeFileSync(file, JSON.stringify(existsSync(file) ? sum(JSON.parse(readFileSync(file, 'utf8')), tally) : tally))
  }
}

/** `npm test` is more than one run. */
function sum(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: [...a.skipped, ...b.skipped] }
}

function reasonOf(result: { readonly state: string; readonly note?: string | undefined }): string {
  if (result.state === 'pending') return 'it never ran'
  return result.note ?? 'see its name'
}
