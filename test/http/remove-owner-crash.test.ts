import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { PulseError } from '../../shared/core/errors.ts'
import { cancel, claim } from '../../shared/core/transitions.ts'
import { createEngine } from '../../shared/engine/create-engine.ts'
import { removeOwner } from '../../shared/http/owners.ts'
import { createUserRemoval } from '../../shared/identity/remove-user.ts'
import { isDisabled, newUserWrites } from '../../shared/identity/user.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createSchedules } from '../../shared/schedules/create-schedules.ts'
import { inspect, openSqlite, tempFolder } from '../helpers/backend-folder.ts'
import { createManualClock } from '../helpers/clock.ts'
import { createTestEntropy } from '../helpers/engine.ts'

const user = `user_${'7'.repeat(26)}`
const other = `user_${'8'.repeat(26)}`
const email = 'ada@example.com'
const admin: Actor = { owner: `user_${'9'.repeat(26)}`, by: 'admin', role: 'admin' }
const LARGE = JSON.stringify('x'.repeat(20_000))
const line = { at: 1, run: 1, attempt: 1, level: 'info', message: 'm' } as const
const plain = defineTask({ name: 'send-email', run: input => input })

/** Where a call of the store is cut off: before it is made, or when it is done and the answer is lost. */
type Cut = 'before' | 'after'

class Crash extends StoreUnavailable {}

/** The store, of which the call with a number fails, and every later one: the process is gone. */
function crashing(backend: Backend, at: number, cut: Cut): { backend: Backend; calls: () => number } {
  let calls = 0
  const wrapped = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...given: unknown[]) => {
          const number = ++calls
          if (number > at || (number === at && cut === 'before')) throw new Crash('the process has died')
          const answer: unknown = await method.apply(target, given)
          if (number === at) throw new Crash('the process has died')
          return answer
        }
      },
    })
  const { tasks, hints, blobs, logs, records } = backend
  const ports = { tasks: wrapped(tasks), hints: wrapped(hints), blobs: wrapped(blobs), logs: wrapped(logs) }
  return { backend: { ...backend, ...ports, records: wrapped(records) }, calls: () => calls }
}

async function world() {
  const folder = tempFolder()
  const sqlite = openSqlite(folder)
  const clock = createManualClock()
  const entropy = createTestEntropy(clock)
  const registry = createRegistry([plain])

  function process(backend: Backend) {
    const environment = { backend, registry, clock, entropy, emit() {} }
    const engine = createEngine(environment)
    const schedules = createSchedules({
      ...environment,
      timers: undefined,
      lookaheadMs: 0,
      isDisabled: owner => isDisabled(backend.records, owner),
    })
    const removal = createUserRemoval({ records: backend.records, clock, forget() {} })
    return { engine, schedules, clock, removal }
  }

  const { engine, schedules } = process(sqlite)
  for (const owner of [user, other]) {
    const actor: Actor = { owner, by: owner, role: 'viewer' }
    for (const everyMs of [60_000, 90_000])
      await schedules.create(actor, { name: `${everyMs}`, task: { name: 'send-email' }, everyMs })
  }
  clock.set(clock.now() + 61_000)
  expect(await schedules.fireDue(() => true)).toMatchObject({ made: 2 })
  for (const owner of [user, other]) {
    const actor: Actor = { owner, by: owner, role: 'viewer' }
    const submitted = async () => {
      const { row } = await engine.submit(
        actor,
        { name: 'send-email', payload: JSON.parse(LARGE), delayMs: 0 },
        `${owner} ${clock.now()}`,
      )
      await sqlite.blobs.put(row.id, 'result', LARGE)
      await sqlite.logs.append(row.id, [line, line])
      clock.set(clock.now() + 1)
      return row
    }
    await submitted()
    await sqlite.tasks.commit(cancel(await submitted(), clock.now(), owner))
    const running = await submitted()
    const hint = { task: running.id, name: running.name, messageId: 'm' }
    const lease = { task: running.id, token: `token of ${owner}`, endsAt: clock.now() + 30_000 }
    await sqlite.tasks.commit(claim(hint, lease, clock.now()))
    const address = owner === user ? email : 'bob@example.com'
    const account = {
      id: owner,
      email: address,
      passwordHash: '$',
      role: 'viewer',
      createdAt: 1,
      sessionVersion: 1,
    } as const
    await sqlite.records.write(newUserWrites(account))
    for (const sort of ['session#1', 'session#2', 'key#1'])
      await sqlite.records.write([{ key: { partition: owner, sort }, expect: 'absent', value: { user: owner } }])
  }
  return { folder, sqlite, clock, process }
}

/** Every cell of every table, but for the counts. */
function cells(folder: string): string[] {
  const tables = inspect(folder, `SELECT name FROM sqlite_schema WHERE type = 'table'`).map(({ name }) => String(name))
  expect(tables).toEqual(expect.arrayContaining(['task', 'blob', 'log', 'record', 'bucket', 'pause']))
  return tables.flatMap(table =>
    inspect(folder, `SELECT * FROM "${table}"`).map(row => `${table} ${Object.values(row).map(String).join(' ')}`),
  )
}

function recounted(folder: string) {
  const counted = inspect(folder, 'SELECT name, state, count FROM counter WHERE count <> 0 ORDER BY name, state')
  const rows = inspect(
    folder,
    'SELECT name, state, count(*) AS count FROM task GROUP BY name, state ORDER BY name, state',
  )
  return { counted: counted.map(each => ({ ...each })), rows: rows.map(each => ({ ...each })) }
}

type World = Awaited<ReturnType<typeof world>>

/** Calls until it is done, the time between two calls included. */
async function finish({ process, sqlite, clock }: World): Promise<number> {
  const ports = process(sqlite)
  for (let calls = 1; calls < 10; calls++) {
    try {
      if ((await removeOwner(ports, admin, user)).done) return calls
    } catch (error) {
      // The last step was taken, and nobody was told.
      if (error instanceof PulseError && error.code === 'not_found') return calls
      throw error
    }
    clock.set(clock.now() + 46_000)
  }
  throw new Error('it is never done')
}

/** How many calls of the store it takes to get through, the pauses left out. */
async function callsOf(runs: number): Promise<number> {
  const { sqlite, process, clock } = await world()
  const { backend, calls } = crashing(sqlite, Number.POSITIVE_INFINITY, 'before')
  for (let run = 0; run < runs; run++) {
    await removeOwner(process(backend), admin, user)
    clock.set(clock.now() + 100_000)
  }
  return calls()
}

describe('SEC-22 a removal that is cut off', () => {
  test.each(['before', 'after'] as const)(
    'SEC-22 P15 H63 %s any call of the store is resumed by the next, and nothing of the owner is left',
    async cut => {
      const steps = await callsOf(2)
      expect(steps).toBeGreaterThan(15)
      for (let step = 1; step <= steps; step++) {
        const here = await world()
        const { folder, sqlite, clock, process } = here
        const mine = new Set(inspect(folder, `SELECT id FROM task WHERE owner = '${user}'`).map(({ id }) => String(id)))
        for (const { id } of (
          await process(sqlite).schedules.list({ ...admin, owner: user, role: 'viewer' }, { limit: 9 })
        ).schedules)
          mine.add(id)
        const theirs = cells(folder)
          .filter(cell => cell.includes(other))
          .sort()
        expect(mine.size).toBe(6)
        const { backend } = crashing(sqlite, step, cut)
        let crashed = false
        for (let run = 0; run < 2 && !crashed; run++) {
          await removeOwner(process(backend), admin, user).catch(error => {
            if (!(error instanceof Crash)) throw error
            crashed = true
          })
          // What was under way at the crash has its end.
          for (let turn = 0; turn < 5; turn++) await setImmediate()
          clock.set(clock.now() + 100_000)
        }
        expect(crashed, `step ${step}`).toBe(true)
        await finish(here)
        const left = cells(folder).filter(cell => [user, email, ...mine].some(text => cell.includes(text)))
        expect(left, `step ${step}`).toEqual([])
        const { counted, rows } = recounted(folder)
        expect(counted, `step ${step}`).toEqual(rows)
        expect(
          cells(folder)
            .filter(cell => cell.includes(other))
            .sort(),
        ).toEqual(theirs)
        sqlite.close()
      }
    },
    60_000,
  )
})
