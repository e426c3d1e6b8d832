import { expect, test } from 'vitest'
import type { Priority } from '../../shared/core/task.ts'
import type { TaskQuery } from '../../shared/ports/task-store.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

describeBackends('list', backend => {
  const now = at('10:30:00')
  const titles = async (query: Partial<TaskQuery> = {}) =>
    (await backend.tasks.list({ now, limit: 50, ...query })).rows.map(({ title }) => title)
  const shows = (query: Partial<TaskQuery>, expected: string[]) =>
    backend.shows(async () => expect(await titles(query)).toEqual(expected))

  async function someTasks(): Promise<void> {
    const tasks = [
      { title: 'A', owner: 'user_1', name: 'send-email', priority: 1, tags: { customer: 'c-1', kind: 'welcome' } },
      { title: 'B', owner: 'user_2', name: 'send-email', priority: 2, tags: { customer: 'c-2' } },
      { title: 'C', owner: 'user_1', name: 'resize-image', priority: 2 },
      {
        title: 'D',
        owner: 'user_2',
        name: 'bill-customer',
        priority: 5,
        tags: { kind: 'c-1', 'odd key:%_\'"': 'a:b' },
      },
      { title: 'E', owner: 'user_1', name: 'send-email', priority: 5, tags: { customer: 'c-1' } },
    ] as const
    for (const [index, task] of tasks.entries()) await backend.submitted(task, at(`10:00:0${index + 1}`))
  }

  test('SEC-16 shows the tasks of one owner, or of all, newest first', async () => {
    await someTasks()
    await shows({}, ['E', 'D', 'C', 'B', 'A'])
    await shows({ owner: 'user_1' }, ['E', 'C', 'A'])
    await shows({ owner: 'user_2' }, ['D', 'B'])
    await shows({ owner: 'user' }, [])
  })

  test('filters by name', async () => {
    await someTasks()
    await shows({ name: 'send-email' }, ['E', 'B', 'A'])
    await shows({ name: 'send-email', owner: 'user_1' }, ['E', 'A'])
    await shows({ name: 'send_email' }, [])
  })

  test('filters by priority', async () => {
    await someTasks()
    const byPriority = { 1: ['A'], 2: ['C', 'B'], 3: [], 4: [], 5: ['E', 'D'] }
    for (const [priority, expected] of Object.entries(byPriority))
      await shows({ priority: Number(priority) as Priority }, expected)
  })

  test('filters by a tag, of which key and value must both fit', async () => {
    await someTasks()
    await shows({ tag: { key: 'customer', value: 'c-1' } }, ['E', 'A'])
    await shows({ tag: { key: 'kind', value: 'c-1' } }, ['D'])
    await shows({ tag: { key: 'kind', value: 'c-2' } }, [])
    await shows({ tag: { key: 'customer', value: 'c-%' } }, [])
    await shows({ tag: { key: 'odd key:%_\'"', value: 'a:b' } }, ['D'])
  })

  for (const owner of [undefined, 'user_1']) {
    test(`filters by time of creation, both ends left out (${owner ?? 'all owners'})`, async () => {
      const mine = owner ? { owner } : {}
      for (const second of [1, 2, 3, 4, 5])
        await backend.submitted({ title: `${second}`, owner: 'user_1' }, at(`10:00:0${second}`))
      await shows({ ...mine, createdAfter: at('10:00:02') }, ['5', '4', '3'])
      await shows({ ...mine, createdAfter: at('10:00:02') - 1 }, ['5', '4', '3', '2'])
      await shows({ ...mine, createdBefore: at('10:00:04') }, ['3', '2', '1'])
      await shows({ ...mine, createdBefore: at('10:00:04') + 1 }, ['4', '3', '2', '1'])
      await shows({ ...mine, createdAfter: at('10:00:01'), createdBefore: at('10:00:04') }, ['3', '2'])
      await shows({ ...mine, createdAfter: at('10:00:05') }, [])
      await shows({ ...mine, createdBefore: at('10:00:01') }, [])
    })
  }

  test('H101 finds tasks by time of creation although some were written out of order', async () => {
    const seconds = [10, 11.9, 11, 12.5, 12.1, 14, 12.3]
    for (const second of seconds) await backend.submitted({ title: `${second}` }, at('10:00:00') + second * 1_000)
    const found = async (query: Partial<TaskQuery>) => (await titles(query)).map(Number).toSorted((a, b) => a - b)
    const sorted = seconds.toSorted((a, b) => a - b)
    await backend.shows(async () => {
      for (const edge of sorted) {
        const time = at('10:00:00') + edge * 1_000
        expect(await found({ createdAfter: time })).toEqual(sorted.filter(second => second > edge))
        expect(await found({ createdBefore: time })).toEqual(sorted.filter(second => second < edge))
      }
    })
  })

  test('all filters together', async () => {
    await someTasks()
    const query = {
      owner: 'user_1',
      name: 'send-email',
      priority: 5,
      tag: { key: 'customer', value: 'c-1' },
      states: ['PENDING'],
    } as const
    await shows({ ...query, createdAfter: at('10:00:04'), createdBefore: at('10:00:06') }, ['E'])
    await shows({ ...query, createdAfter: at('10:00:05') }, [])
  })

  test('leaves out payload, result and history, and keeps every other field', async () => {
    const fields = {
      expiresAt: at('12:00:00'),
      title: 'T',
      description: 'D',
      tags: { a: 'b' },
      fingerprint: 'f',
      policy: { timeoutMs: 7 },
      scheduleId: 's',
      scheduledFor: at('10:59:59'),
      traceparent: 't',
    }
    const task = await backend.submitted({ ...fields, payload: '{"secret":1}', runAt: at('11:00:00') }, at('10:00:01'))
    await backend.written({
      task: task.id,
      expect: [],
      set: { result: '"r"', lastError: { name: 'E', message: 'm', fingerprint: 'f' }, progress: { percent: 4 } },
    })
    await backend.shows(async () => {
      const [row] = (await backend.tasks.list({ now, limit: 5 })).rows
      const { payload: _, history: __, ...rest } = task
      expect(row).toMatchObject({ ...rest, lastError: { message: 'm' }, progress: { percent: 4 } })
      expect(JSON.stringify(row)).not.toMatch(/secret|"r"|"to":/)
    })
  })
})
