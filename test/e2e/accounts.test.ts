import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cleanUp, E2E_TASKS, finished, pulse, type Server, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const ada = { email: 'ada@example.com', password: 'looms weave algebraic patterns' }
const required = { PULSE_AUTH: 'required', PULSE_LOG_LEVEL: 'debug' }

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for.
  readonly body: any
}

async function call(
  server: Pick<Server, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** The invitation that a server prints as long as it has no admin. */
async function invitationOf(server: Server): Promise<string> {
  const found = await server.said(/"invitation": "([\w-]{43})"/)
  return found[1] ?? ''
}

async function login(server: Server): Promise<string> {
  const { body } = await call(server, 'POST', '/auth/login', ada)
  return body.access_token
}

describe('a server that requires accounts', () => {
  test('SEC-6 starts without any account, and prints an invitation for the first admin, once there is none to keep', async () => {
    const data = temporaryFolder()
    const first = await startServer({ data, env: required })
    const invitation = await invitationOf(first)
    expect((await call(first, 'POST', '/tasks', { name: 'quick' })).status).toBe(401)
    expect((await call(first, 'POST', '/auth/register', { ...ada, invitation })).status).toBe(201)
    const token = await login(first)
    expect((await call(first, 'GET', '/auth/me', undefined, token)).body).toMatchObject({
      role: 'admin',
      email: ada.email,
    })
    expect((await call(first, 'POST', '/tasks', { name: 'quick', payload: { n: 1 } }, token)).status).toBe(202)
    await first.stop()
    // What was printed for a person is in no log line (SEC-45).
    for (const secret of [invitation, token, ada.password]) expect(first.stderr()).not.toContain(secret)

    const second = await startServer({ data, env: required })
    expect(second.stdout()).not.toContain('invitation')
    expect((await call(second, 'GET', '/auth/me', undefined, token)).status).toBe(200)
    await second.stop()
  })

  test('SEC-6 admin, root and sample keys open nothing', async () => {
    const server = await startServer({ data: ':memory:', env: required })
    for (const [email, password] of [
      ['admin', 'admin'],
      ['admin@example.com', 'password'],
      ['root@localhost', 'root'],
    ])
      expect((await call(server, 'POST', '/auth/login', { email, password })).status).toBe(401)
    for (const token of ['secret', 'changeme', 'pk_live_example', 'undefined', 'null'])
      expect((await call(server, 'GET', '/tasks', undefined, token)).status).toBe(401)
    await server.stop()
  })

  test('SEC-11 SEC-44 keeps its key beside the data, for nobody else to read', async () => {
    const data = temporaryFolder()
    const server = await startServer({ data, env: required })
    expect(statSync(join(data, 'accounts.key')).mode & 0o777).toBe(0o600)
    const key = readFileSync(join(data, 'accounts.key'))
    expect(key).toHaveLength(32)
    const environment = readFileSync(`/proc/${server.pid}/environ`)
    expect(environment.includes(key)).toBe(false)
    expect(environment.includes(key.toString('base64url'))).toBe(false)
    await server.stop()
    truncateSync(join(data, 'accounts.key'), 7)
    const { code, stderr } = await finished(
      pulse(['dev'], { env: { PORT: '0', PULSE_DATA: data, PULSE_TASKS: E2E_TASKS, ...required } }),
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/accounts\.key is damaged: delete it/)
  })

  test('P1 an account that was answered for is there after SIGKILL', async () => {
    const data = temporaryFolder()
    const first = await startServer({ data, env: required })
    await call(first, 'POST', '/auth/register', { ...ada, invitation: await invitationOf(first) })
    await first.kill()
    const second = await startServer({ data, env: required })
    expect(await login(second)).toBeTruthy()
    await second.stop()
  })
})

describe('beyond loopback addresses', () => {
  test('accounts are required, and registration is by invitation', async () => {
    const server = await startServer({ data: ':memory:', env: { HOST: '0.0.0.0' } })
    const here = { url: `http://127.0.0.1:${server.port}` }
    expect((await call(here, 'GET', '/tasks')).status).toBe(401)
    expect((await call(here, 'POST', '/auth/register', ada)).status).toBe(403)
    const invitation = await invitationOf(server)
    expect((await call(here, 'POST', '/auth/register', { ...ada, invitation })).status).toBe(201)
    await server.stop()
  })

  test('PULSE_AUTH=open is refused in one line', async () => {
    const env = { HOST: '0.0.0.0', PULSE_AUTH: 'open', PORT: '0', PULSE_DATA: ':memory:', PULSE_TASKS: E2E_TASKS }
    const { code, stdout, stderr } = await finished(pulse(['dev'], { env }))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^pulse: PULSE_AUTH=open is refused with HOST=0\.0\.0\.0: .* loopback .*\n$/)
  })
})

describe('S2-54 TLS', () => {
  test('a certificate and its key make it speak HTTPS', async () => {
    const folder = temporaryFolder()
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    )
    const env = { PORT: '0', PULSE_DATA: ':memory:', PULSE_TASKS: E2E_TASKS, PULSE_TLS_CERT: cert, PULSE_TLS_KEY: key }
    const server = pulse(['dev'], { env })
    const [, url = ''] = await server.said(/is ready at (https:\/\/\S+)/)
    const answer = execFileSync(
      'curl',
      [
        '-s',
        '--cacert',
        cert,
        '--resolve',
        `localhost:${new URL(url).port}:127.0.0.1`,
        `https://localhost:${new URL(url).port}/health`,
      ],
      { encoding: 'utf8' },
    )
    expect(JSON.parse(answer)).toEqual({ status: 'ok' })
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })

  test('one without the other, or a file that is not there, is refused in one line', async () => {
    const base = { PORT: '0', PULSE_DATA: ':memory:', PULSE_TASKS: E2E_TASKS }
    const alone = await finished(pulse(['dev'], { env: { ...base, PULSE_TLS_KEY: '/etc/hostname' } }))
    expect(alone.stderr).toMatch(/^pulse: PULSE_TLS_CERT is missing/)
    const gone = await finished(
      pulse(['dev'], { env: { ...base, PULSE_TLS_CERT: '/nowhere.pem', PULSE_TLS_KEY: '/nowhere.key' } }),
    )
    expect(gone.stderr).toMatch(/^pulse: PULSE_TLS_CERT=\/nowhere\.pem cannot be read/)
    expect([alone.code, gone.code]).toEqual([1, 1])
  })
})
