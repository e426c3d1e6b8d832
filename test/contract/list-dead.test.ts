import { expect, test } from 'vitest'
import { cancel, complete, requeue } from '../../shared/core/transitions.ts'
import type { DeadQuery, Page } from '../../shared/ports/task-store.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { lease } from './fixtures.ts'

describeBackends('dead letters', backend => {
  const titles = async (query: Partial<DeadQuery> = {}) =>
    (await backend.tasks.listDead({ limit: 50, ...query })).rows.map(({ title }) => title)
  const shows = (query: Partial<DeadQuery>, expected: string[]) =>
    backend.shows(async () => expect(await titles(query)).toEqual(expected))

  async function someDead(): Promise<void> {
    await backend.dead({ title: 'A', owner: 'user_1', name: 'send-email' }, 'disk', at('10:00:30'))
    await backend.dead({ title: 'B', owner: 'user_2', name: 'send-email' }, 'disk', at('10:00:10'))
    await backend.dead({ title: 'C', owner: 'user_1', name: 'resize-image' }, 'net', at('10:00:20'))
    await backend.dead({ title: 'D', owner: 'user_1', name: 'send-email' }, 'net', at('10:00:40'))
  }

  test('H54 lists the dead alone, the latest death first', async () => {
    await someDead()
    const completed = await backend.claimed(
      await backend.submitted({ title: 'done' }, at('10:00:01')),
      'token-A',
      at('10:00:02'),
    )
    await backend.written(complete(lease(completed, 'token-A', at('10:00:32')), 1, {}, at('10:00:03')))
    await backend.written(
      cancel(await backend.submitted({ title: 'canceled' }, at('10:00:04')), at('10:00:05'), 'user_9'),
    )
    await backend.submitted({ title: 'waiting' }, at('10:00:06'))
    await shows({}, ['D', 'A', 'C', 'B'])
  })

  test('filters by owner, name and fingerprint, alone and together', async () => {
    await someDead()
    await shows({ owner: 'user_1' }, ['D', 'A', 'C'])
    await shows({ name: 'send-email' }, ['D', 'A', 'B'])
    await shows({ fingerprint: 'print-net' }, ['D', 'C'])
    await shows({ fingerprint: 'print-disk', owner: 'user_2' }, ['B'])
    await shows({ fingerprint: 'print-net', name: 'send-email', owner: 'user_1' }, ['D'])
    await shows({ fingerprint: 'print-none' }, [])
  })

  test('shows the last error and the errors of the attempts, and leaves out the payload', async () => {
    await backend.dead({ payload: '{"secret":1}' }, 'disk', at('10:00:30'))
    await backend.shows(async () => {
      const [row] = (await backend.tasks.listDead({ limit: 5 })).rows
      expect(row).toMatchObject({
        state: 'DEAD',
        finishedAt: at('10:00:30'),
        lastError: { message: 'disk', fingerprint: 'print-disk' },
      })
      expect(row?.history.at(-1)).toMatchObject({ to: 'DEAD', attempt: 1, why: 'RangeError: disk' })
      expect(JSON.stringify(row)).not.toContain('secret')
    })
  })

  test('H50 a requeued task has left it', async () => {
    const dead = await backend.dead({ title: 'A' }, 'disk', at('10:00:30'))
    await backend.written(requeue(dead, at('10:00:50'), 'user_9'))
    await shows({}, [])
  })

  test('is read page by page without gaps or doubles, also where deaths share a millisecond', async () => {
    const made = await Promise.all(
      Array.from({ length: 33 }, (_, index) => backend.dead({}, `e${index}`, at('10:00:30') + Math.floor(index / 5))),
    )
    await backend.shows(async () => {
      const ids: string[] = []
      let after: string | undefined
      do {
        const page: Page = await backend.tasks.listDead({ limit: 4, ...(after !== undefined && { after }) })
        expect(page.rows.length).toBeLessThanOrEqual(4)
        ids.push(...page.rows.map(({ id }) => id))
        after = page.next
      } while (after !== undefined)
      expect(ids.toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    })
  })
})
