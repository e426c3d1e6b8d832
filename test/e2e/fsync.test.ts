import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client, until } from '../helpers/client.ts'
import { cleanUp, startServer, temporaryFolder } from '../helpers/server.ts'
import { acknowledgements, parseTrace, TRACE, whyNoTrace } from '../helpers/trace.ts'

// P1, H107: what the kernel was asked to do, in its order. Nothing inside the program could prove it.
const SINGLE = 20
const CONCURRENT = 300
const CONNECTIONS = 64
const BATCH = 50

const missing = whyNoTrace()
const batchAnswer = /HTTP\/1\.1 200/
const submitAnswer = /HTTP\/1\.1 202/
let trace = ''
const ids = { single: [] as string[], concurrent: [] as string[], batch: [] as string[] }

beforeAll(async () => {
  if (missing) return
  const data = temporaryFolder()
  const file = join(data, 'trace.txt')
  const server = await startServer({ data, through: ['strace', ...TRACE, '-o', file] })
  const client = new Client(server.url, CONNECTIONS)
  for (let n = 0; n < SINGLE; n++) ids.single.push(await client.submit({ name: 'quick', payload: { n } }))
  const together = Array.from({ length: CONCURRENT }, (_, n) => client.submit({ name: 'quick', payload: { n } }))
  ids.concurrent.push(...(await Promise.all(together)))
  const tasks = Array.from({ length: BATCH }, (_, n) => ({ name: 'quick', payload: { n } }))
  const { body } = await client.send('POST', '/api/v1/tasks/batch', { json: { tasks } })
  ids.batch.push(...(body as { items: { id: string }[] }).items.map(({ id }) => id))
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  trace = await until(
    () => readFileSync(file, 'latin1'),
    text => new RegExp(`^${server.pid} .*\\+\\+\\+ exited with 0`, 'm').test(text),
  )
})

afterAll(cleanUp)

describe('H107 fsync before the bytes of each acknowledgement', () => {
  test('single and concurrent submits', context => {
    context.skip(missing !== undefined, missing)
    const found = acknowledgements(parseTrace(trace), submitAnswer)
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set([...ids.single, ...ids.concurrent]))
    expect(found.filter(({ fsync }) => fsync === undefined)).toEqual([])
    const syncs = (of: readonly string[]) =>
      new Set(found.filter(({ id }) => of.includes(id)).map(({ fsync }) => fsync)).size
    process.stdout.write(
      `fsync: ${SINGLE} single submits by ${syncs(ids.single)} fsyncs, ${CONCURRENT} over ${CONNECTIONS} connections by ${syncs(ids.concurrent)}\n`,
    )
    // One each when they come alone; a group shares one.
    expect(syncs(ids.single)).toBe(SINGLE)
    expect(syncs(ids.concurrent)).toBeLessThan(CONCURRENT / 2)
  })

  test('batches', context => {
    context.skip(missing !== undefined, missing)
    const found = acknowledgements(parseTrace(trace), batchAnswer)
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(ids.batch))
    expect(found.filter(({ fsync }) => fsync === undefined)).toEqual([])
  })

  test('the check itself sees an answer without fsync, one before it, and one before the write', context => {
    context.skip(missing !== undefined, missing)
    const open = (lines: readonly string[]) =>
      acknowledgements(parseTrace(lines.join('\n')), submitAnswer).filter(({ fsync }) => fsync === undefined).length
    const lines = trace.split('\n')
    const isSync = (line: string) => /f(data)?sync\(.*\.db-wal>/.test(line)
    const isWrite = (line: string) => /pwrite64\(.*\.db-wal>/.test(line)
    expect(open(lines)).toBe(0)
    expect(open(lines.filter(line => !isSync(line)))).toBe(SINGLE + CONCURRENT)
    expect(open([...lines.filter(line => !isSync(line)), ...lines.filter(isSync)])).toBe(SINGLE + CONCURRENT)
    expect(open([...lines.filter(line => !isWrite(line)), ...lines.filter(isWrite)])).toBe(SINGLE + CONCURRENT)
    expect(open(lines.map(line => (isSync(line) ? line.replace(/= 0$/, '= -1 EIO') : line)))).toBe(SINGLE + CONCURRENT)
  })
})
