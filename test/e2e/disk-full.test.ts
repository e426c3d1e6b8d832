import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { inspect, smallDisk } from '../helpers/backend-folder.ts'
import { type Answer, Client, until } from '../helpers/client.ts'
import { readEffects } from '../helpers/effects.ts'
import { cleanUp, type Server, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const DISK_KIB = 40_000
const NO_LIMITS = { PULSE_RATE_LIMIT_PER_HOUR: '0', PULSE_USER_RATE_LIMIT_PER_HOUR: '0' }
/** What is left of it beside the file that fills it. */
const LEFT_BYTES = 1_000_000

function fill(file: string): void {
  const { bavail, bsize } = statfsSync(dirname(file))
  writeFileSync(file, Buffer.alloc(bavail * bsize - LEFT_BYTES))
}

async function submitUntilFull(
  client: Client,
  from: number,
): Promise<{ acks: Map<number, string>; refused: number[] }> {
  const acks = new Map<number, string>()
  const refused: number[] = []
  for (let n = from; refused.length < 40 && n < from + 4_000; n += 20) {
    const numbers = Array.from({ length: 20 }, (_, index) => n + index)
    const answers = await Promise.all(numbers.map(number => submit(client, number)))
    for (const [index, answer] of answers.entries()) {
      const number = numbers[index] ?? 0
      if (answer.status === 202) acks.set(number, (answer.body as { id: string }).id)
      else {
        expectRefusal(answer)
        refused.push(number)
      }
    }
  }
  return { acks, refused }
}

function submit(client: Client, n: number): Promise<Answer> {
  const tags = { filling: 'x'.repeat(200) }
  return client.send('POST', '/api/v1/tasks', {
    json: { name: 'quick', payload: { n }, tags },
    headers: { 'idempotency-key': `order-${n}` },
  })
}

function expectRefusal({ status, headers, body }: Answer): void {
  expect({ status, type: headers['content-type'], code: (body as { code?: string }).code }).toEqual({
    status: 503,
    type: 'application/problem+json',
    code: 'unavailable',
  })
}

async function drained(server: Server, client: Client): Promise<void> {
  await until(
    () => client.stats(),
    ({ totals }) => totals.PENDING + totals.RETRYING + totals.RUNNING === 0,
    60_000,
  )
  expect(server.child.exitCode).toBeNull()
}

test('H109 P1 on a full disk submits are answered 503, and with room again everything acknowledged ends, also after SIGKILL', {
  timeout: 150_000,
}, async context => {
  const disk = smallDisk(DISK_KIB)
  if ('reason' in disk) return context.skip(disk.reason)
  const effects = join(temporaryFolder(), 'effects.log')
  const filler = join(disk.folder, 'filler')
  const options = { data: disk.folder, env: { ...NO_LIMITS, E2E_EFFECTS: effects, PULSE_LOG_LEVEL: 'silent' } }
  const first = await startServer(options)
  fill(filler)
  const client = new Client(first.url)
  const { acks, refused } = await submitUntilFull(client, 0)
  expect(acks.size).toBeGreaterThan(0)
  expect(refused.length).toBeGreaterThanOrEqual(40)

  // What is read is still answered.
  const [known = ''] = acks.values()
  expect((await client.task(known)).id).toBe(known)
  rmSync(filler)
  for (const n of refused) acks.set(n, await eventuallyTaken(client, n))
  await drained(first, client)

  // Once more, and this time the process dies while the disk is full.
  fill(filler)
  const second = await submitUntilFull(client, 10_000)
  client.close()
  await first.kill()
  rmSync(filler)
  const server = await startServer(options)
  const again = new Client(server.url)
  for (const n of second.refused) acks.set(n, await eventuallyTaken(again, n))
  for (const [n, id] of second.acks) acks.set(n, id)
  await drained(server, again)
  again.close()
  expect(await server.stop()).toEqual({ code: 0, signal: null })

  const rows = inspect(disk.folder, 'SELECT id, state FROM task')
  expect(new Map(rows.map(({ id, state }) => [id, state]))).toEqual(
    new Map([...acks.values()].map(id => [id, 'COMPLETED'])),
  )
  expect(inspect(disk.folder, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  const starts = readEffects(effects).filter(({ kind }) => kind === 'start')
  expect(new Set(starts.map(({ id, run, attempt }) => `${id} ${run} ${attempt}`)).size).toBe(starts.length)
})

/** The same key again: one task, whether or not the refused request had been stored. */
async function eventuallyTaken(client: Client, n: number): Promise<string> {
  const answer = await until(
    () => submit(client, n),
    ({ status }) => status === 202,
  )
  return (answer.body as { id: string }).id
}
