import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTasks } from '../../shared/runtime/read-tasks.ts'
import { cleanUp, ROOT, type Server, startServer, temporaryFolder } from '../helpers/server.ts'

const page = readFileSync(join(ROOT, 'docs/schedules.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].filter(([, each]) => each === language)
const [declaration = '', client = ''] = blocks('ts').map(([, , text = '']) => text)
const [requests = '', commands = ''] = blocks('sh').map(([, , text = '']) => text)

let server: Server
/** Ignored by git, and inside the project, so that its packages are found. */
let folder = ''
beforeAll(async () => {
  mkdirSync(join(ROOT, '.pulse'), { recursive: true, mode: 0o700 })
  folder = mkdtempSync(join(ROOT, '.pulse/schedules-page-'))
  server = await startServer({ data: temporaryFolder(), tasks: join(ROOT, 'tasks') })
})
afterAll(async () => {
  await cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

const here = (text: string) => text.replaceAll('http://127.0.0.1:3000', server.url)

/** @returns what it printed; fails when it does */
function run(command: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, PULSE_URL: server.url }
  return new Promise((resolve, reject) =>
    execFile(command, args, { cwd: ROOT, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stderr}${stdout}`, { cause: error })) : resolve(stdout),
    ),
  )
}

describe('what the page about schedules shows', () => {
  test('S2-49 the schedule that is declared', async () => {
    writeFileSync(join(folder, 'index.ts'), declaration.replaceAll('../shared/', '../../shared/'))
    const { schedules } = await readTasks(folder, Date.now())
    expect(schedules).toMatchObject([
      {
        name: 'report',
        task: { name: 'report', payload: { days: 7 } },
        cron: '0 6 * * MON',
        timeZone: 'Europe/Berlin',
      },
    ])
  })

  test('S2-35 the request', async () => {
    const output = await run('bash', ['-euc', here(requests)])
    expect(output).toMatch(/^HTTP\/1.1 201 /)
    expect(output).toContain('"text":"At 03:00, Monday through Friday, Europe/Berlin"')
  })

  test('S2-49 the client', async () => {
    const file = join(folder, 'client.ts')
    writeFileSync(file, here(client).replaceAll("from './", "from '../../"))
    expect(await run('node', [file])).toMatch(/^\S+Z triggered\n$/)
  })

  test('S2-69 the commands', async () => {
    const lines = commands.split('\n')
    const program = 'pulse() { node bin/pulse.ts "$@"; }'
    let id = 'unknown'
    for (const line of lines) {
      const output = await run('bash', ['-euc', `${program}; ${line.replace(/sch_[0-9A-Z]{26}/, id)}`])
      id = /sch_[0-9A-Z]{26}/.exec(output)?.[0] ?? id
      expect(output).not.toBe('')
    }
    expect(lines).toHaveLength(7)
  })
})
