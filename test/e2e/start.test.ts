import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Client } from '../helpers/client.ts'
import { cleanUp, E2E_TASKS, finished, pulse, ROOT, start, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const SYSTEM_NODE = '/usr/bin/node'

describe('commands', () => {
  test('an unknown one: exit code 2 and the usage', async () => {
    const { code, stdout, stderr } = await finished(pulse(['devv']))
    expect(stderr).toMatch(/^pulse: there is no command "devv"\npulse dev \[--port N\]/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('version and help', async () => {
    expect(await finished(pulse(['version']))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
    expect(await finished(pulse([]))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('pulse backup FILE'),
      stderr: '',
    })
  })

  test('a Node that is too old is told so', async context => {
    const version = existsSync(SYSTEM_NODE) ? execFileSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' }) : ''
    const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 24)
    context.skip(major >= 24, `there is no Node older than 24 at ${SYSTEM_NODE}`)
    const { code, stdout, stderr } = await finished(start(SYSTEM_NODE, ['scripts/check-node.mjs']))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^Pulse needs Node 24\.4 or later; this is \d+\.\d+\.\d+\. Run "npm ci".*\n$/)
  })
})

describe('a server', () => {
  test('is ready when /health answers, and says where, with three lines to try', async () => {
    const server = await startServer({ data: ':memory:' })
    expect(await new Client(server.url).get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(server.stdout()).toContain(`API documentation: ${server.url}/docs\nConsole: ${server.url}/console\n`)
    expect(server.stdout().match(/^ {2}curl /gm)).toHaveLength(3)
    expect(server.stderr()).toBe('')
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  })

  test(':memory: leaves nothing behind, and forgets', async () => {
    const cwd = temporaryFolder()
    const first = await startServer({ data: ':memory:', cwd })
    const id = await new Client(first.url).submit({ name: 'quick', payload: { n: 1 } })
    await first.stop()
    expect(readdirSync(cwd)).toEqual([])
    const second = await startServer({ data: ':memory:', cwd })
    expect((await new Client(second.url).get(`/api/v1/tasks/${id}`)).status).toBe(404)
    await second.stop()
  })

  test('flags beat the environment; empty variables are none; a folder is made, for its owner alone', async () => {
    const data = join(temporaryFolder(), 'new')
    const env = {
      PORT: 'nonsense',
      PULSE_PORT: 'x',
      HOST: '0.0.0.0',
      PULSE_HOST: 'x',
      PULSE_DATA: '/nowhere',
      PULSE_TASKS: '/nowhere',
      PULSE_CONCURRENCY: '',
    }
    const server = pulse(['dev', '--port', '0', '--host', 'localhost', '--data', data, '--tasks', E2E_TASKS], { env })
    const [, url = ''] = await server.said(/is ready at (http:\/\/\S+)/)
    expect(url).toMatch(/^http:\/\/localhost:\d+$/)
    expect((await new Client(url).get('/health')).status).toBe(200)
    expect(execFileSync('stat', ['-c', '%a', data], { encoding: 'utf8' })).toBe('700\n')
    server.child.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
  })

  test('keeps data in ./.pulse and runs ./tasks when nothing is said', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'tasks'))
    writeFileSync(
      join(cwd, 'tasks/index.ts'),
      `import { defineTask } from '${ROOT}shared/core/definition.ts'\nexport const own = defineTask({ name: 'own', run: () => 'mine' })\n`,
    )
    const server = pulse(['dev'], { cwd, env: { PORT: '0' } })
    const [, url = ''] = await server.said(/is ready at (http:\/\/\S+)/)
    const client = new Client(url)
    expect(await client.task(await client.submit({ name: 'own' }), 10)).toMatchObject({
      state: 'COMPLETED',
      result: 'mine',
    })
    expect(readdirSync(join(cwd, '.pulse'))).toContain('pulse.db')
    server.child.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
  })
})
