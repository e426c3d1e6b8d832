import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cleanUp, finished, pulse, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const grant = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await finished(pulse(['admin', 'grant', ...args]))
  return { code, stdout, stderr }
}

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
