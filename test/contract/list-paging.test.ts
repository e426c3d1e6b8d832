import { expect, test } from 'vitest'
import type { ListedRow, Page } from '../../shared/ports/task-store.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

describeBackends('pages of lists', backend => {
  const now = at('12:00:00')

  /** Reads to the end, as a client does. */
  async function pages(read: (after: string | undefined) => Promise<Page>): Promise<readonly ListedRow[][]> {
    const read_: ListedRow[][] = []
    let after: string | undefined
    do {
      const page: Page = await read(after)
      read_.push([...page.rows])
      after = page.next
    } while (after !== undefined && read_.length < 1_000)
    return read_
  }
  const listPages = (query: { owner?: string; name?: string }, limit: number) =>
    pages(after => backend.tasks.list({ ...query, now, limit, ...(after !== undefined && { after }) }))

  /** 520 tasks, of which up to seven share a millisecond. */
  async function manyTasks(): Promise<string[]> {
    const rows = await Promise.all(
      Array.from({ length: 520 }, (_, index) =>
        backend.submitted(
          { owner: `user_${index % 2}`, name: index % 3 === 0 ? 'resize-image' : 'send-email', title: `${index}` },
          at('10:00:00') + Math.floor(index / 7),
        ),
      ),
    )
    return rows.map(({ id }) => id)
  }

  for (const query of [{}, { owner: 'user_1' }, { name: 'resize-image' }, { owner: 'user_0', name: 'send-email' }]) {
    test(`H21 every task that matches ${JSON.stringify(query)} once, newest first`, async () => {
      const ids = await manyTasks()
      await backend.shows(async () => {
        const rows = (await listPages(query, 37)).flat()
        const matching = (row: ListedRow) =>
          Object.entries(query).every(([field, value]) => row[field as 'owner' | 'name'] === value)
        expect(rows.every(matching)).toBe(true)
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
        const all = (await listPages({}, 200)).flat()
        expect(all.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
        expect(rows.map(({ id }) => id).toSorted()).toEqual(
          all
            .filter(matching)
            .map(({ id }) => id)
            .toSorted(),
        )
        for (const [index, row] of rows.entries())
          expect(row.createdAt).toBeLessThanOrEqual(rows[index - 1]?.createdAt ?? now)
      })
    })
  }

  test('a page is never longer than asked for, and the last one has no next', async () => {
    await Promise.all(Array.from({ length: 11 }, (_, index) => backend.submitted({}, at('10:00:00') + index)))
    await backend.shows(async () => {
      const read = await listPages({}, 4)
      expect(read.every(page => page.length <= 4)).toBe(true)
      expect(read.flat()).toHaveLength(11)
    })
  })

  test('rows that come and go between two pages neither hide others nor show them twice', async () => {
    const rows = await Promise.all(
      Array.from({ length: 20 }, (_, index) => backend.submitted({ title: `old ${index}` }, at('10:00:00') + index)),
    )
    await backend.shows(async () => expect((await backend.tasks.list({ now, limit: 50 })).rows).toHaveLength(20))
    const first = await backend.tasks.list({ now, limit: 8 })
    await backend.submitted({ title: 'new' }, at('10:00:01'))
    const rest = (await pages(after => backend.tasks.list({ now, limit: 8, after: after ?? first.next ?? '' }))).flat()
    expect([...first.rows, ...rest].map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toReversed())
  })

  test('a filter that matches little: a page ends at the scan limit, empty if it must, and the next one goes on', async () => {
    const { scanLimit } = backend.differences
    // No backend has an index by priority.
    const needle = await backend.submitted({ priority: 1 }, at('10:00:00'))
    for (let made = 0; made < scanLimit + 50; made += 1_000) {
      const count = Math.min(1_000, scanLimit + 50 - made)
      await Promise.all(
        Array.from({ length: count }, (_, index) => backend.submitted({}, at('10:00:01') + made + index)),
      )
    }
    for (const owner of [undefined, 'user_3']) {
      const query = { priority: 1, now, limit: 10, ...(owner && { owner }) } as const
      await backend.shows(async () => {
        const first = await backend.tasks.list(query)
        expect(first.rows).toEqual([])
        expect(first.next).toEqual(expect.any(String))
        const second = await backend.tasks.list({ ...query, after: first.next ?? '' })
        expect(second.rows.map(({ id }) => id)).toEqual([needle.id])
      })
    }
  }, 60_000)
})
