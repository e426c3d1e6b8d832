import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Client } from '../helpers/client.ts'
import {
  cleanUp,
  E2E_TASKS,
  type Finished,
  finished,
  pulse,
  ROOT,
  start,
  startServer,
  temporaryFolder,
} from '../helpers/server.ts'

afterAll(cleanUp)

const NOBODY = 65_534

/** Runs `pulse dev` on a free port and a file in memory, unless told otherwise. */
function dev(
  env: Record<string, string>,
  { args = [], ...options }: { readonly args?: string[]; readonly uid?: number } = {},
): Promise<Finished> {
  const all = { PORT: '0', PULSE_DATA: ':memory:', PULSE_TASKS: E2E_TASKS, ...env }
  return finished(pulse(['dev', ...args], { env: all, ...options }))
}

/** One line for a person, and nothing else. */
function expectRefusal({ code, stdout, stderr }: Finished, line: RegExp, exitCode = 1): void {
  expect(stderr).toMatch(line)
  expect(stderr.split('\n')).toHaveLength(2)
  expect(stderr).toMatch(/^pulse: \S.*\n$/)
  expect(stderr).not.toMatch(/^\s+at |node:internal|Error: .*Error:/m)
  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
}

function fileWith(content: string): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'index.ts'), content)
  return folder
}

describe('refused in one clear line', () => {
  test('the port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    expectRefusal(await dev({ PORT: String(port) }), new RegExp(`port ${port} on 127.0.0.1 is taken`))
    holder.close()
  })

  test('the port is only for root', async context => {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
    context.skip(first <= 1, 'any user may listen on port 1 here')
    const uid = process.getuid?.() === 0 ? { uid: NOBODY } : {}
    expectRefusal(await dev({ PORT: '1' }, uid), /cannot start: listen EACCES: permission denied 127\.0\.0\.1:1$/m)
  })

  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com'])('HOST=%s without accounts', async host => {
    expectRefusal(
      await dev({ HOST: host, PULSE_AUTH: 'open' }),
      /PULSE_AUTH=open is refused with HOST=.*: without accounts .* loopback/,
    )
  })

  test('the data folder may not be written to', async () => {
    const folder = temporaryFolder()
    const root = process.getuid?.() === 0
    // Root may write anywhere: then somebody else tries.
    execFileSync('chmod', [root ? '755' : '555', folder])
    expectRefusal(
      await dev({ PULSE_DATA: folder }, root ? { uid: NOBODY } : {}),
      /data folder .* cannot be written to .*PULSE_DATA/,
    )
  })

  test('the data folder is on a read-only mount', async context => {
    const folder = temporaryFolder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder], { stdio: 'pipe' })
    } catch {
      return context.skip('this user may not mount a file system')
    }
    try {
      expectRefusal(await dev({ PULSE_DATA: folder }), /cannot be written to .*(EROFS|read-only)/)
    } finally {
      execFileSync('umount', [folder])
    }
  })

  test('the data folder is a file, or below one', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expectRefusal(await dev({ PULSE_DATA: file }), /file cannot be written to/)
    expectRefusal(await dev({ PULSE_DATA: join(file, 'data') }), /data cannot be written to/)
  })

  test('H108 the file is in use by another server, which goes on', async () => {
    const data = temporaryFolder()
    const first = await startServer({ data })
    expectRefusal(await dev({ PULSE_DATA: data }), /in use by another Pulse process/)
    expect((await new Client(first.url).get('/health')).status).toBe(200)
    await first.kill()
    // The kernel let go of the lock.
    const second = await startServer({ data })
    expect(await second.stop()).toEqual({ code: 0, signal: null })
  })

  test('another program holds the file', async () => {
    const data = temporaryFolder()
    const first = await startServer({ data })
    await first.stop()
    const hold = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(process.argv[1])
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000)`
    const holder = start(process.execPath, ['-e', hold, join(data, 'pulse.db')])
    await holder.said(/held/)
    expectRefusal(await dev({ PULSE_DATA: data }), /pulse\.db cannot be opened: .*locked/)
    holder.child.kill('SIGKILL')
    await holder.ended
  })

  test('H113 the file is of a newer version', async () => {
    const data = temporaryFolder()
    await (await startServer({ data })).stop()
    const raise = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec('PRAGMA user_version = 99')`
    execFileSync(process.execPath, ['--no-warnings', '-e', raise, join(data, 'pulse.db')])
    expectRefusal(await dev({ PULSE_DATA: data }), /newer version of Pulse \(file version 99/)
  })

  test('the file is none of ours, or the key beside it is damaged', async () => {
    const other = temporaryFolder()
    writeFileSync(join(other, 'pulse.db'), 'This is a letter to my grandmother.'.repeat(1_000))
    expectRefusal(await dev({ PULSE_DATA: other }), /pulse\.db cannot be opened: .*not a database/)
    const damaged = temporaryFolder()
    writeFileSync(join(damaged, 'cursor.key'), 'short')
    expectRefusal(await dev({ PULSE_DATA: damaged }), /cursor\.key is damaged: delete it/)
  })

  test.each([
    ['PORT', 'abc'],
    ['PORT', '70000'],
    ['PULSE_CONCURRENCY', '0'],
    ['PULSE_CONCURRENCY', '1.5'],
    ['PULSE_WORKER_THREADS', '-1'],
    ['PULSE_DRAIN', 'soon'],
    ['PULSE_RETENTION', '-1d'],
    ['PULSE_LOG_LEVEL', 'loud'],
  ])('%s=%s', async (name, value) => {
    expectRefusal(await dev({ [name]: value }), new RegExp(`${name}=${value} cannot be used: \\w+`))
  })

  test('an unknown flag', async () => {
    expectRefusal(await dev({}, { args: ['--prot', '3'] }), /--prot/)
  })

  test('there are no tasks, or none that can be used', async () => {
    const missing = join(temporaryFolder(), 'nowhere')
    expectRefusal(await dev({ PULSE_TASKS: missing }), /there are no tasks at .*nowhere/)
    expectRefusal(await dev({ PULSE_TASKS: temporaryFolder() }), /there are no tasks at/)
    expectRefusal(await dev({ PULSE_TASKS: fileWith('export const one = 1\n') }), /exports no task/)
  })

  test.each([
    [
      'throws',
      `throw new Error('no such table: customers')\n`,
      /index\.ts:1.*no such table: customers|no such table: customers.*index\.ts:1/,
    ],
    ['throws no error', `throw 'tired'\n`, /tired/],
    ['has a syntax error', 'export const = 1\n', /index\.ts:1/],
    [
      'has a syntax error of JavaScript',
      'export const a = 1\nexport const a = 2\n',
      /already been declared \("node .*index\.ts" shows where\)/,
    ],
    ['imports what is not there', `import './gone.ts'\n`, /gone\.ts/],
    ['imports a package that is not there', `import 'no-such-package-at-all'\n`, /no-such-package-at-all/],
    ['has TypeScript that needs a compiler', 'enum A { b }\nexport default A\n', /enum/],
    [
      'names two tasks alike',
      `import { defineTask } from '${ROOT}shared/core/definition.ts'\nconst make = () => defineTask({ name: 'a', run: () => 1 })\nexport default [make(), make()]\n`,
      /two tasks are named "a"/,
    ],
    [
      'declares a task wrongly',
      `import { defineTask } from '${ROOT}shared/core/definition.ts'\nexport default defineTask({ name: '', run: () => 1 })\n`,
      /no task name/,
    ],
  ])('the module of the tasks %s', async (_, content, line) => {
    expectRefusal(await dev({ PULSE_TASKS: fileWith(content) }), line)
  })
})
