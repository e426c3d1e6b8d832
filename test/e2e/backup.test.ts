import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { Client, until } from '../helpers/client.ts'
import { cleanUp, finished, pulse, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

test('H112 a copy of a running server holds all that was acknowledged before it began, and another server runs on it', async () => {
  const data = temporaryFolder()
  const server = await startServer({ data, env: { PULSE_CONCURRENCY: '2' } })
  const client = new Client(server.url)
  const acknowledged = new Set<string>()
  const submitting = new AbortController()
  const submitters = Array.from({ length: 8 }, async () => {
    for (let n = 0; !submitting.signal.aborted; n++) {
      acknowledged.add(await client.submit({ name: 'quick', payload: { n }, delay: '10m' }))
    }
  })
  await until(
    () => acknowledged.size,
    size => size > 300,
  )

  const folder = temporaryFolder()
  const before = [...acknowledged]
  const done = await finished(pulse(['backup', join(folder, 'pulse.db')], { env: { PULSE_DATA: data } }))
  expect(done).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/pulse\.db copied to .*pulse\.db\n$/),
    stderr: '',
  })
  const during = acknowledged.size - before.length
  expect(during).toBeGreaterThan(0)
  submitting.abort()
  await Promise.all(submitters)
  await server.kill()

  const copy = new DatabaseSync(join(folder, 'pulse.db'), { readOnly: true })
  expect(copy.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  const ids = new Set(
    copy
      .prepare('SELECT id FROM task')
      .all()
      .map(({ id }) => String(id)),
  )
  copy.close()
  expect(before.filter(id => !ids.has(id))).toEqual([])
  process.stdout.write(
    `backup: ${before.length} acknowledged before, ${during} while it ran, ${ids.size} in the copy\n`,
  )

  const second = await startServer({ data: folder })
  const other = new Client(second.url)
  expect((await other.task(before[0] ?? '')).state).toBe('SCHEDULED')
  const id = await other.submit({ name: 'quick', payload: { n: 42 } })
  expect(await other.task(id, 10)).toMatchObject({ state: 'COMPLETED', result: 42 })
  expect(await second.stop()).toEqual({ code: 0, signal: null })
})

test('a backup that cannot be made is refused in one line; a flag beats the environment', async () => {
  const data = temporaryFolder()
  await (await startServer({ data })).stop()
  const folder = temporaryFolder()
  const there = join(folder, 'there.db')
  writeFileSync(there, '')
  mkdirSync(join(folder, 'sub'))
  const refused: [string[], Record<string, string>, RegExp][] = [
    [[], {}, /name the file to write/],
    [[there], {}, /there\.db exists/],
    [[join(folder, 'a.db')], { PULSE_DATA: folder }, /there is no data file at/],
    [[join(folder, 'no/such/b.db')], {}, /cannot be copied to/],
    [[join(folder, 'c.db')], { PORT: 'abc' }, /PORT=abc cannot be used/],
  ]
  for (const [args, env, line] of refused) {
    const { code, stdout, stderr } = await finished(pulse(['backup', ...args], { env: { PULSE_DATA: data, ...env } }))
    expect(stderr).toMatch(line)
    expect(stderr).toMatch(/^pulse: .*\n$/)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  }
  const byFlag = pulse(['backup', join(folder, 'd.db'), '--data', data], { env: { PULSE_DATA: folder } })
  expect(await finished(byFlag)).toMatchObject({ code: 0, stderr: '' })
})
