// Adds up what the suites of .ci/run left in a folder: NAME.status always, NAME.json (see test/helpers/tally-reporter.ts) of those with tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2] ?? '.'
const total = { passed: 0, failed: 0, skipped: 0 }
const say = line => process.stdout.write(`${line}\n`)

for (const file of readdirSync(folder).filter(each => each.endsWith('.status'))) {
  const name = file.slice(0, -'.status'.length)
  const status = Number(readFileSync(join(folder, file), 'utf8'))
  const path = join(folder, `${name}.json`)
  const { passed, failed, skipped } = existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : { passed: 0, failed: 0, skipped: [] }
  // A suite that ended badly without a failed test has died: that counts as one.
  const counted = failed === 0 && status !== 0 ? 1 : failed
  total.passed += passed
  total.failed += counted
  total.skipped += skipped.length
  say(
    `${name}: ${passed} passed, ${counted} failed, ${skipped.length} skipped${status === 0 ? '' : ` (exit code ${status})`}`,
  )
  for (const each of skipped) say(`  skipped: ${each.name} (${each.reason})`)
}
say(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
