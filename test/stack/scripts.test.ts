import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { clientEnvironment, freePort } from '../../scripts/stack/ministack.ts'
import { isAlive, stopGroup } from '../../scripts/stack/process-group.ts'
import { cleanUp, finished, pulse, start } from '../helpers/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'pulse-stack-'))
const port = await freePort()
const env = { PULSE_STACK_FOLDER: folder, PULSE_STACK_PORT: String(port) }
let pid = 0

afterAll(async () => {
  if (pid > 0 && isAlive(pid)) await stopGroup(pid)
  rmSync(folder, { recursive: true, force: true })
  await cleanUp()
})

/** As a person types it. */
async function npm(script: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await finished(start('npm', ['run', '--silent', script, '--', ...args], { env }))
  return { code, said: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' }
}

async function curl(url: string, ...args: readonly string[]) {
  const { stdout } = await finished(start('curl', ['--silent', '--show-error', ...args, url]))
  return JSON.parse(stdout)
}

const json = ['-H', 'content-type: application/json']

// One story: each step stands on the one before.
describe('a stack on this machine, by npm scripts', () => {
  test('before anything is up, the scripts say what to do', async () => {
    expect(await npm('stack:deploy')).toMatchObject({ code: 1, said: 'no emulator runs: npm run stack:up\n' })
    expect(await npm('stack:url')).toMatchObject({ code: 1, said: 'no emulator runs: npm run stack:up\n' })
    expect(await npm('stack:down')).toMatchObject({ code: 0, said: 'nothing is up\n' })
  })

  test('stack:up starts an emulator that outlives the script; once more changes nothing', async () => {
    const first = await npm('stack:up')
    expect(first, first.said).toMatchObject({ code: 0 })
    pid = pidOf()
    expect(isAlive(pid)).toBe(true)
    expect(await npm('stack:up')).toMatchObject({ code: 0, said: expect.stringContaining('is up already') })
    expect(pidOf()).toBe(pid)
    expect(await npm('stack:url')).toMatchObject({ code: 1, said: 'nothing is deployed: npm run stack:deploy\n' })
  })

  test('stack:deploy deploys the example tasks, and stack:url says where to curl them', async () => {
    const deployed = await npm('stack:deploy')
    expect(deployed, deployed.said).toMatchObject({ code: 0 })
    const { lastLine: url } = await npm('stack:url')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/execute-api\/\w+$/)
    const task = JSON.stringify({ name: 'echo', payload: { hello: 'stack' } })
    const answer = await curl(`${url}/api/v1/tasks`, ...json, '-H', 'prefer: wait=15', '-d', task)
    expect(answer).toMatchObject({ state: 'COMPLETED', result: { hello: 'stack' } })
  })

  test('the command line reconciles the stage', async () => {
    const command = pulse(['reconcile', '--stage', 'dev'], { env: clientEnvironment(port) })
    const { code, stdout, stderr } = await finished(command)
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ done: true })
  })

  test('H69 stack:down refuses while a task waits, also when the emulator has been stopped', async () => {
    const { lastLine: url } = await npm('stack:url')
    const { id } = await curl(`${url}/api/v1/tasks`, ...json, '-d', '{"name": "echo", "delay": "1h"}')
    expect(await npm('stack:down')).toMatchObject({ code: 1, said: expect.stringMatching(/^1 tasks? .*--force/) })
    await stopGroup(pid)
    expect(await npm('stack:down')).toMatchObject({ code: 1, said: expect.stringContaining('npm run stack:up') })
    expect(await npm('stack:up')).toMatchObject({ code: 0 })
    pid = pidOf()
    expect(await curl(`${url}/api/v1/tasks/${id}`)).toMatchObject({ id, state: 'SCHEDULED' })
    const again = await curl(`${url}/api/v1/tasks`, ...json, '-H', 'prefer: wait=15', '-d', '{"name": "echo"}')
    expect(again).toMatchObject({ state: 'COMPLETED' })
  })

  test('stack:down --force removes all of it', async () => {
    const down = await npm('stack:down', '--force')
    expect(down, down.said).toMatchObject({ code: 0 })
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(folder)).toBe(false)
    expect(await npm('stack:url')).toMatchObject({ code: 1 })
  })
})

function pidOf(): number {
  return JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8')).pid
}
