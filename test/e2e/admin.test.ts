import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openSqliteBackend } from '../../shared/sqlite/backend.ts'
import { cleanUp, finished, pulse, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const admin = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await finished(pulse(['admin', ...args]))
  return { code, stdout, stderr }
}
const grant = (...args: readonly string[]) => admin('grant', ...args)

describe('pulse admin grant on a data folder', () => {
  test('gives an invitation on standard output, which makes the first admin, and later the role itself', async () => {
    const data = temporaryFolder()
    const env = { PULSE_AUTH: 'required' }
    const first = await startServer({ data, env })
    const refused = await grant('ada@example.com', '--data', data)
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^pulse: .*\n$/) })
    await first.stop()

    const { code, stdout, stderr } = await grant('ada@example.com', '--data', data)
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^[\w-]{43}\n$/)
    expect(stderr).toContain('/api/v1/auth/register')
    expect(stderr).not.toContain(stdout.trim())

    const server = await startServer({ data, env })
    const ada = { email: 'ada@example.com', password: 'looms weave algebraic patterns' }
    const ask = async (path: string, json?: object, token?: string) => {
      const answer = await fetch(`${server.url}/api/v1${path}`, {
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        ...(json && { method: 'POST', body: JSON.stringify(json) }),
      })
      // biome-ignore lint/suspicious/noExplicitAny: each line below knows the answer that it asked for.
      return { status: answer.status, body: (await answer.json()) as any }
    }
    expect(await ask('/auth/register', { ...ada, invitation: stdout.trim() })).toMatchObject({ status: 201 })
    const { body } = await ask('/auth/login', ada)
    expect(await ask('/auth/me', undefined, body.access_token)).toMatchObject({ body: { role: 'admin' } })
    expect(await ask('/audit?action=user.invite', undefined, body.access_token)).toMatchObject({
      body: { items: [{ by: 'local', outcome: 'done', after: { role: 'admin', email: 'ada@example.com' } }] },
    })
    await server.stop()

    expect(await grant('Ada@Example.com', '--role', 'operator', '--data', data)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('has the role operator now'),
    })
  })

  test('makes no data file where there is none', async () => {
    const folder = join(temporaryFolder(), 'empty')
    mkdirSync(folder)
    const { code, stderr } = await grant('ada@example.com', '--data', folder)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `pulse: there is no data file at ${join(folder, 'pulse.db')}: name its folder with --data\n`,
    })
  })

  test.each([
    [['nobody'], '"nobody" is no e-mail address'],
    [['ada@example.com', '--role', 'king'], 'there is no role "king": it is one of viewer, operator, admin'],
    [['ada@example.com', '--stage', 'dev', '--data', '.pulse'], 'give --stage or --data, not both'],
    [[], 'say to whom: pulse admin grant you@example.com'],
    [['ada@example.com', 'grace@example.com'], 'say to whom: pulse admin grant you@example.com'],
  ])('%j is refused in one line', async (args, line) => {
    expect(await grant(...args)).toEqual({ code: 2, stdout: '', stderr: `pulse: ${line}\n` })
  })
})

describe('pulse admin janitor on a data folder', () => {
  test('S4-10 a server has it run when it starts; by hand it says what it finds, and what it has found last', async () => {
    const data = temporaryFolder()
    const server = await startServer({ data, env: { PULSE_AUTH: 'required' } })
    const passes = async () => JSON.parse((await admin('janitor', '--json', '--data', data)).stdout)
    expect(await admin('janitor', '--data', data)).toMatchObject({ code: 1, stdout: '' })
    await server.stop()
    const nobody = { users: 0, keys: 0, expired: 0, unused: 0 }
    const first = await passes()
    expect(first).toEqual({ done: true, startedAt: expect.any(String), endedAt: expect.any(String), ...nobody })
    const { code, stdout, stderr } = await admin('janitor', 'run', '--data', data)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^begun \S+Z, done \S+Z\nkeys looked at: 0 \(users: 0\)\nended: 0 expired, 0 unused\n$/)
    const second = await passes()
    expect(Date.parse(second.startedAt)).toBeGreaterThan(Date.parse(first.startedAt))
    expect(stdout).toContain(second.endedAt)
  })

  test('S4-10 says so where it has never run', async () => {
    const data = temporaryFolder()
    openSqliteBackend({ folder: data, names: [], failed() {} }).close()
    const said = { code: 0, stderr: '' }
    expect(await admin('janitor', '--data', data)).toEqual({ ...said, stdout: 'The janitor has not run yet.\n' })
    expect(await admin('janitor', '--json', '--data', data)).toEqual({ ...said, stdout: 'null\n' })
  })

  test.each([
    [['janitor', 'walk'], 'say `pulse admin janitor` for what it has done last, or `pulse admin janitor run`'],
    [['janitor', 'run', 'again'], 'say `pulse admin janitor` for what it has done last, or `pulse admin janitor run`'],
    [['janitor', '--stage', 'dev', '--data', '.pulse'], 'give --stage or --data, not both'],
    [['sweep'], 'say what: pulse admin grant you@example.com, or pulse admin janitor'],
    [[], 'say what: pulse admin grant you@example.com, or pulse admin janitor'],
  ])('%j is refused in one line', async (args, line) => {
    expect(await admin(...args)).toEqual({ code: 2, stdout: '', stderr: `pulse: ${line}\n` })
  })
})
