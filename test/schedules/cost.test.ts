import { expect, test } from 'vitest'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { isDisabled } from '../../shared/identity/user.ts'
import { createSchedules } from '../../shared/schedules/create-schedules.ts'
import { openSqliteBackend } from '../../shared/sqlite/backend.ts'
import { at } from '../helpers/clock.ts'
import { admin, alice, createTestEntropy } from '../helpers/engine.ts'

const MINUTE = 60_000
const DUE = 20

/** What a look and a page cost in calls of the store, and in records that these read. */
async function costs(count: number) {
  let now = at('10:00:00')
  const clock = { now: () => now, after: () => () => {} }
  const backend = openSqliteBackend({
    folder: ':memory:',
    names: ['tick'],
    failed(error) {
      throw error
    },
  })
  const cost = { reads: 0, lists: 0, listed: 0, writes: 0, commits: 0 }
  const { records, tasks } = backend
  const schedules = createSchedules({
    ...{ clock, entropy: createTestEntropy(clock), emit: () => {}, timers: undefined, lookaheadMs: 0 },
    registry: createRegistry([defineTask({ name: 'tick', run: () => 1 })]),
    isDisabled: owner => isDisabled(records, owner),
    backend: {
      ...backend,
      tasks: {
        ...tasks,
        commit(change) {
          cost.commits++
          return tasks.commit(change)
        },
      },
      records: {
        read(key) {
          cost.reads++
          return records.read(key)
        },
        readMany(keys) {
          cost.reads += keys.length
          return records.readMany(keys)
        },
        async list(query) {
          cost.lists++
          const page = await records.list(query)
          cost.listed += page.records.length
          return page
        },
        write(writes) {
          cost.writes++
          return records.write(writes)
        },
      },
    },
  })
  const create = (index: number) =>
    schedules.create(alice, {
      ...{ name: `${index}`, task: { name: 'tick' } },
      everyMs: index < DUE ? MINUTE : 24 * 60 * MINUTE,
    })
  await Promise.all(Array.from({ length: count }, (_, index) => create(index)))
  now += MINUTE

  async function costOf(work: () => Promise<unknown>) {
    Object.assign(cost, { reads: 0, lists: 0, listed: 0, writes: 0, commits: 0 })
    await work()
    return { ...cost }
  }
  return {
    look: await costOf(async () =>
      expect(await schedules.fireDue(() => true)).toMatchObject({ looked: DUE, made: DUE }),
    ),
    idle: await costOf(async () => expect(await schedules.fireDue(() => true)).toMatchObject({ looked: 0 })),
    page: await costOf(() => schedules.list(admin, { limit: 100 })),
    ownPage: await costOf(() => schedules.list(alice, { limit: 100 })),
  }
}

test('H71 a look costs what is due, and not what there is', async () => {
  const [some, many] = [await costs(500), await costs(5_000)]
  expect(many.look).toEqual({ ...some.look, listed: expect.any(Number) })
  expect(many.look).toMatchObject({ commits: DUE, writes: 2 * DUE })
  expect(many.look.reads).toBeLessThanOrEqual(3 * DUE)
  // A page of each of the eight parts, and one more of a part that has no end in sight.
  for (const { look, idle } of [some, many]) {
    expect(look.lists).toBe(8)
    expect(look.listed).toBeLessThanOrEqual(8 * 50)
    expect(idle).toMatchObject({ reads: 0, writes: 0, commits: 0, lists: 8 })
  }
})

test('a page of schedules costs what it shows', async () => {
  const { page, ownPage } = await costs(500)
  expect(page).toEqual({ reads: 0, lists: 1, listed: 100, writes: 0, commits: 0 })
  expect(ownPage).toEqual({ reads: 100, lists: 1, listed: 100, writes: 0, commits: 0 })
})
