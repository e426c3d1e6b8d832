import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT, type ServerProcess, startServerProcess } from './server-process.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServerProcess()
})
afterAll(() => server.stop())

interface Ended {
  readonly code: number
  readonly out: string
  readonly errors: string
}

function run(command: string, parameters: string[], url: string): Promise<Ended> {
  return new Promise(resolve => {
    const env = { ...process.env, PULSE_URL: url }
    const child = execFile(command, parameters, { cwd: tmpdir(), env }, (_error, out, errors) => {
      resolve({ code: child.exitCode ?? -1, out, errors })
    })
  })
}
const example = (name: string) => fileURLToPath(new URL(`examples/${name}`, ROOT))

function has(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const tools = ['bash', 'git', 'curl'].every(has)

// The script is for people with a shell; where its tools are missing there is nothing to prove.
describe.skipIf(!tools)('examples/tour.sh', () => {
  test('checksums every file of the repository and prints a table', async () => {
    const { code, out, errors } = await run('bash', [example('tour.sh')], server.url)
    expect(errors).toBe('')
    expect(out).toMatch(/^path +bytes +lines {2}sha256 +attempts +ms\n/)
    expect(out).toMatch(/^package\.json +\d+ +\d+ {2}[0-9a-f]{12} +1 +\d+$/m)
    expect(out).toMatch(
      /\n(\d+) of \1 files completed: \d+ bytes, .*; (\d+) of \2 checksums compared with sha256sum agree\.\n$/,
    )
    expect(code).toBe(0)
  })
  test('says so and ends with 1 when tasks fail', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pulse-elsewhere-'))
    const elsewhere = await startServerProcess({ PULSE_FILES_ROOT: folder })
    const { code, out } = await run('bash', [example('tour.sh')], elsewhere.url)
    await elsewhere.stop()
    rmSync(folder, { recursive: true })
    expect(out).toMatch(/^package\.json .* WRONG CHECKSUM$|^package\.json .* DEAD: "package\.json" does not exist$/m)
    expect(out).toMatch(/\n0 of \d+ files completed: .*\nDoes the server run in this repository\?/)
    expect(code).toBe(1)
  })
  test('says so and ends with 1 when no server answers', async () => {
    const { code, errors } = await run('bash', [example('tour.sh')], 'http://127.0.0.1:1')
    expect(errors).toContain(
      'No Pulse server answers at http://127.0.0.1:1: start one with "npm start", or set PULSE_URL.',
    )
    expect(code).toBe(1)
  })
})

test('examples/enqueue.ts runs as it is written', async () => {
  const { code, out, errors } = await run(process.execPath, [example('enqueue.ts')], server.url)
  expect(errors).toBe('')
  expect(out).toMatch(/^task_\w{26} is COMPLETED: \d+ lines, SHA-256 [0-9a-f]{64}$/m)
  expect(out).toMatch(/^task_\w{26} is CANCELED\nit is CANCELED; allowed now: requeue$/m)
  expect(out).toContain('/payload/ms')
  expect(out).toMatch(/Z COMPLETED\n$/)
  expect(code).toBe(0)
})
