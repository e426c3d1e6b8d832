import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../helpers/client.ts'
import { random } from '../helpers/kill-load.ts'
import { cleanUp, startServer, temporaryFolder } from '../helpers/server.ts'

// A server with schedules of one second is killed with SIGKILL at random moments. Each occurrence has at most one task; what was missed
// for less than two minutes is made up for at the next start, whatever the policy (P12, H71, H78).
const KILLS = 6
const SECOND = 1_000
const CATCH_UPS = ['skip', 'one', 100] as const

const seed = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000)
const chance = random(seed)
const folder = temporaryFolder()

interface Task {
  readonly id: string
  readonly scheduleId?: string
  readonly scheduledFor?: string
  readonly createdAt: string
}

interface Line {
  readonly scheduledFor: string
  readonly outcome: string
  readonly taskId?: string
}

let ids: string[]
let tasks: Task[]
const lines = new Map<string, Line[]>()
/** When the schedules were made, and when the last look was taken. */
let [made, seen] = [0, 0]

async function pages<Item>(client: Client, path: string): Promise<Item[]> {
  const found: Item[] = []
  for (let cursor = ''; ; ) {
    const answer = await client.get(`${path}?limit=100${cursor}`)
    const { items, nextCursor } = answer.body as { items: Item[]; nextCursor?: string | null }
    found.push(...items)
    if (!nextCursor) return found
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

beforeAll(async () => {
  process.stdout.write(`kill test of schedules: seed ${seed} (E2E_SEED=${seed} repeats it)\n`)
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await startServer({ data: folder })
    if (kill === 0) {
      const client = new Client(server.url)
      const answers = await Promise.all(
        CATCH_UPS.map(catchUp =>
          client.send('POST', '/api/v1/schedules', {
            json: { name: `catch up ${catchUp}`, every: '1s', catchUp, task: { name: 'quick', payload: { n: 1 } } },
          }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
      ids = answers.map(({ body }) => (body as { id: string }).id)
      made = Math.max(...answers.map(({ body }) => Date.parse((body as { createdAt: string }).createdAt)))
      client.close()
    }
    // Around the moment at which all of them are due.
    await pause(300 + chance() * 1_200)
    await server.kill()
    if (kill === KILLS / 2) await pause(3_000)
  }
  const server = await startServer({ data: folder })
  const client = new Client(server.url)
  await pause(1_500)
  seen = Date.now()
  await pause(500)
  tasks = await pages<Task>(client, '/api/v1/tasks')
  for (const id of ids) lines.set(id, await pages<Line>(client, `/api/v1/schedules/${id}/occurrences`))
  client.close()
  await server.stop()
}, 60_000)

afterAll(cleanUp)

test('P12 H70 each occurrence has one task, and those of the dead time are made up for', () => {
  for (const id of ids) {
    const times = tasks
      .filter(({ scheduleId }) => scheduleId === id)
      .map(({ scheduledFor = '' }) => Date.parse(scheduledFor))
      .toSorted((one, other) => one - other)
    expect(new Set(times).size).toBe(times.length)
    const [first = 0] = times
    expect(first).toBeLessThanOrEqual(made + SECOND)
    const last = times.findLast(at => at <= seen) ?? 0
    expect(last).toBeGreaterThan(seen - 1_500)
    // One after the other: no second is missing.
    expect(times).toEqual(Array.from({ length: times.length }, (_, index) => first + index * SECOND))
  }
})

test('P12 H71 a line tells of each task, once', () => {
  for (const id of ids) {
    const told = (lines.get(id) ?? []).map(({ taskId }) => taskId).toSorted()
    const own = tasks.filter(({ scheduleId }) => scheduleId === id).map(task => task.id)
    expect(told).toEqual(expect.arrayContaining(own.toSorted().slice(0, -1)))
    expect(new Set(told).size).toBe(told.length)
  }
})
