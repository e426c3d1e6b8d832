import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const CLOCK = new URL('../../shared/runtime/clock.ts', import.meta.url).href

/** A process that waits for a timer and for nothing else: whether it says that it fired. */
async function firesIn(clock: 'systemClock' | 'lambdaClock'): Promise<boolean> {
  const script = `import { ${clock} } from '${CLOCK}'; ${clock}.after(20, () => console.log('fired'))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return stdout === 'fired\n'
}

test('H99 on Lambda a function that waits for a timer alone is not taken for one that has ended', async () => {
  expect(await firesIn('lambdaClock')).toBe(true)
})

test('a server ends although timers are set', async () => {
  expect(await firesIn('systemClock')).toBe(false)
})
