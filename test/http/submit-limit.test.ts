import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import { createManualClock } from '../helpers/clock.ts'
import { bearer, get, join, makeKey, type Person, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

const input = z.object({ n: z.number() }).optional()
const limited = defineTask({ name: 'limited', submitLimit: { count: 10, per: '60s' }, input, run: () => 'done' })
const tasks = [
  limited,
  defineTask({ name: 'also-limited', submitLimit: { count: 3, per: '60s' }, run: () => 'done' }),
  defineTask({ name: 'free', run: () => 'done' }),
  defineTask({
    name: 'parent',
    async run(_, { enqueue }) {
      const made = await Promise.all(Array.from({ length: 15 }, () => enqueue(limited, undefined)))
      return made.length
    },
  }),
]

async function open(): Promise<{ api: Api; person: Person; clock: ReturnType<typeof createManualClock> }> {
  const clock = createManualClock()
  const api = await openApi({ accounts: true, clock, tasks })
  return { api, clock, person: await join(api) }
}
const submit = (api: Api, person: Person, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  send(api, 'POST', '/tasks', person, { name: 'limited', ...body }, { headers })
const times = <T>(count: number, each: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => each(index)))
const accepted = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 202).length

describe('SEC-24 a task that may be submitted ten times a minute', () => {
  test('SEC-24 of 100 submits at once exactly ten are taken, and then one each six seconds', async () => {
    const { api, person, clock } = await open()
    const answers = await times(100, () => submit(api, person))
    expect(accepted(answers)).toBe(10)
    expect(answers.find(({ status }) => status !== 202)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '6' },
      body: { code: 'rate_limited', retryAfter: 6, violatedPolicies: ['submit'] },
    })
    clock.set(clock.now() + 5_999)
    expect((await submit(api, person)).status).toBe(429)
    clock.set(clock.now() + 1)
    expect(accepted(await times(3, () => submit(api, person)))).toBe(1)
    expect((await get(api, '/tasks', person)).body.items).toHaveLength(11)
  })

  test('SEC-21 SEC-24 each owner has ten, each name has its own, other names are free', async () => {
    const { api, person } = await open()
    const other = await join(api, 'admin')
    const key = await makeKey(api, person)
    expect(accepted(await times(12, () => submit(api, person)))).toBe(10)
    expect((await api.call('POST', '/api/v1/tasks', { body: { name: 'limited' }, headers: bearer(key) })).status).toBe(
      429,
    )
    expect(accepted(await times(12, () => submit(api, other)))).toBe(10)
    expect(accepted(await times(5, () => submit(api, person, { name: 'also-limited' })))).toBe(3)
    expect(accepted(await times(20, () => submit(api, person, { name: 'free' })))).toBe(20)
  })

  test('SEC-24 a repeat costs nothing, also when nothing is left', async () => {
    const { api, person } = await open()
    const keyed = (key: string) => submit(api, person, { delay: '1h' }, { 'idempotency-key': key })
    await times(5, () => keyed('same'))
    expect(accepted(await times(20, () => submit(api, person)))).toBe(9)
    expect(await keyed('same')).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' } })
    expect((await keyed('new')).status).toBe(429)
    const reused = await submit(api, person, { delay: '2h' }, { 'idempotency-key': 'same' })
    expect(reused.body.code).toBe('idempotency_key_reused')
  })

  test('SEC-24 what is refused costs nothing', async () => {
    const { api, person } = await open()
    for (const body of [{ payload: { n: 'x' } }, { delay: '400d' }, { expiresAt: '2020-01-01T00:00:00Z' }, { zzz: 1 }])
      for (let tries = 0; tries < 10; tries++) expect((await submit(api, person, body)).status).toBeOneOf([400, 422])
    expect(accepted(await times(20, () => submit(api, person)))).toBe(10)
  })

  test('SEC-24 items of a batch count one by one, repeats and refused ones do not', async () => {
    const { api, person } = await open()
    const items = [
      ...Array.from({ length: 8 }, (_, index) => ({ name: 'limited', idempotencyKey: `key-${index}` })),
      { name: 'limited', payload: { n: 'x' } },
      { name: 'free' },
    ]
    const batch = async (some: object[]) =>
      (await send(api, 'POST', '/tasks/batch', person, { tasks: some })).body.items.map(
        ({ status }: { status: number }) => status,
      )
    expect(await batch(items)).toEqual([...Array(8).fill(202), 422, 202])
    for (let repeats = 0; repeats < 3; repeats++) expect(await batch(items.slice(0, 8))).toEqual(Array(8).fill(202))
    const more = await batch(Array.from({ length: 5 }, () => ({ name: 'limited' })))
    expect(more.sort()).toEqual([202, 202, 429, 429, 429])
  })
})

test('SEC-24 what a handler enqueues is not limited', async () => {
  const api = await openApi({ accounts: true, tasks, running: true })
  const person = await join(api)
  const parent = await submit(api, person, { name: 'parent' }, { prefer: 'wait=20' })
  expect(parent.body).toMatchObject({ state: 'COMPLETED', result: 15 })
  expect((await get(api, '/tasks', person, { query: 'name=limited' })).body.items).toHaveLength(15)
  expect(accepted(await times(20, () => submit(api, person)))).toBe(10)
})

describe('SEC-21 two owners with the same words do not meet', () => {
  test('SEC-21 one Idempotency-Key is two tasks, and neither sees the other’s', async () => {
    const { api, person } = await open()
    const other = await join(api)
    const key = { 'idempotency-key': 'order-4711' }
    const [mine, theirs] = [
      await submit(api, person, { title: 'mine' }, key),
      await submit(api, other, { title: 'theirs' }, key),
    ]
    expect([mine.status, theirs.status]).toEqual([202, 202])
    expect(theirs.headers).not.toHaveProperty('idempotency-replayed')
    expect(theirs.body.id).not.toBe(mine.body.id)
    expect((await get(api, `/tasks/${mine.body.id}`, other)).status).toBe(404)
    const titles = async (who: Person) =>
      (await get(api, '/tasks', who)).body.items.map(({ title }: { title: string }) => title)
    expect([await titles(person), await titles(other)]).toEqual([['mine'], ['theirs']])
    expect((await submit(api, person, { title: 'mine' }, key)).body.id).toBe(mine.body.id)
    const batch = (who: Person) =>
      send(api, 'POST', '/tasks/batch', who, { tasks: [{ name: 'free' }] }, { headers: key })
    expect((await batch(person)).body.items[0].id).not.toBe((await batch(other)).body.items[0].id)
  })

  test('SEC-21 what is remembered of one credential is never told to another', async () => {
    const { api, person } = await open()
    const other = await join(api)
    const key = await makeKey(api, other, ['account'])
    const me = async (credential: string) => (await get(api, '/auth/me', credential)).body.id
    for (let turns = 0; turns < 3; turns++)
      expect(await Promise.all([person.token, other.token, key.text].map(me))).toEqual([person.id, other.id, other.id])
  })
})
