import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Client, until } from '../helpers/client.ts'
import { type Command, cleanUp, ROOT, start, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

/** The repository as a user has it, to be edited. */
function copyOfRepository(): string {
  const folder = temporaryFolder()
  const left = /^(?:node_modules|\.git|\.pulse|coverage|test|docs)(?:\/|$)/
  cpSync(ROOT, folder, { recursive: true, filter: from => !left.test(relative(ROOT, from)) })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The addresses that servers have said they are ready at, in order. */
function addresses(command: Command): string[] {
  return [...command.stdout().matchAll(/is ready at (http:\/\/\S+)/g)].map(([, url = '']) => url)
}

test('npm run dev restarts the server when a file in tasks/ changes, also after one that was broken', async () => {
  const folder = copyOfRepository()
  const npm = start('npm', ['run', 'dev'], { cwd: folder, env: { PORT: '0' }, detached: true })
  const echo = join(folder, 'tasks/echo.ts')
  const source = readFileSync(echo, 'utf8')
  const result = async (url: string) => {
    const client = new Client(url)
    const { result } = await client.task(await client.submit({ name: 'echo', payload: 'hello' }), 10)
    client.close()
    return result
  }
  try {
    const [first = ''] = await until(
      () => addresses(npm),
      found => found.length === 1,
    )
    expect(await result(first)).toBe('hello')

    writeFileSync(echo, source.replace('=> payload', "=> [payload, 'edited']"))
    const [, second = ''] = await until(
      () => addresses(npm),
      found => found.length === 2,
    )
    expect(await result(second)).toEqual(['hello', 'edited'])

    writeFileSync(echo, 'export const echo = {{{\n')
    await npm.said(/pulse: the tasks at \.\/tasks cannot be loaded: .*echo\.ts:1/)
    writeFileSync(echo, source)
    const [, , third = ''] = await until(
      () => addresses(npm),
      found => found.length === 3,
    )
    expect(await result(third)).toBe('hello')
    expect(npm.stderr()).not.toMatch(/^\s+at /m)
  } finally {
    npm.child.kill('SIGTERM')
    await npm.ended
  }
  expect(() => process.kill(-npm.pid, 0)).toThrow(/ESRCH/)
})
