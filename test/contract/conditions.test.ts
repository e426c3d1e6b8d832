import { expect, test } from 'vitest'
import type { Condition } from '../../shared/core/change.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { winnerOf } from './fixtures.ts'

/** Each clause as it holds and as it does not, on the row below. */
const clauses: readonly { readonly holds: Condition; readonly fails: Condition }[] = [
  { holds: { field: 'attempt', op: 'is', value: 0 }, fails: { field: 'attempt', op: 'is', value: 1 } },
  { holds: { field: 'name', op: 'is', value: 'send-email' }, fails: { field: 'name', op: 'is', value: 'send-emai' } },
  { holds: { field: 'title', op: 'absent', value: 0 }, fails: { field: 'leaseToken', op: 'is', value: 'token-A' } },
  { holds: { field: 'priority', op: 'isNot', value: 3 }, fails: { field: 'priority', op: 'isNot', value: 4 } },
  {
    holds: { field: 'state', op: 'isNot', value: 'RUNNING' },
    fails: { field: 'state', op: 'isNot', value: 'PENDING' },
  },
  {
    holds: { field: 'wakeAt', op: 'notAfter', value: at('10:00:05') },
    fails: { field: 'wakeAt', op: 'notAfter', value: at('10:00:05') - 1 },
  },
  {
    holds: { field: 'wakeAt', op: 'after', value: at('10:00:05') - 1 },
    fails: { field: 'wakeAt', op: 'after', value: at('10:00:05') },
  },
  { holds: { field: 'attemptsLeft', op: 'above', value: 5 }, fails: { field: 'attemptsLeft', op: 'above', value: 6 } },
  {
    holds: { field: 'schemaVersion', op: 'atMost', value: 1 },
    fails: { field: 'schemaVersion', op: 'atMost', value: 0 },
  },
  { holds: { field: 'finishedAt', op: 'absent', value: 0 }, fails: { field: 'expiresAt', op: 'absent', value: 0 } },
  {
    holds: { field: 'expiresAt', op: 'absentOrAfter', value: at('10:30:00') - 1 },
    fails: { field: 'expiresAt', op: 'absentOrAfter', value: at('10:30:00') },
  },
  {
    holds: { field: 'finishedAt', op: 'absentOrAfter', value: at('23:00:00') },
    fails: { field: 'finishedAt', op: 'notAfter', value: at('23:00:00') },
  },
]

/** What an absent field never satisfies. */
const onAbsent: readonly Condition[] = [
  { field: 'heldBy', op: 'is', value: 'message-1' },
  { field: 'heldBy', op: 'isNot', value: 'message-1' },
  { field: 'startedAt', op: 'notAfter', value: at('23:00:00') },
  { field: 'startedAt', op: 'after', value: 0 },
  { field: 'startedAt', op: 'above', value: -1 },
  { field: 'startedAt', op: 'atMost', value: at('23:00:00') },
]

const words = ({ field, op, value }: Condition) => `${field} ${op} ${value}`

describeBackends('conditions', backend => {
  const submitted = () => backend.submitted({ runAt: at('10:00:05'), expiresAt: at('10:30:00') }, at('10:00:01'))

  for (const { holds, fails } of clauses) {
    test(`${words(holds)}: the change is written`, async () => {
      const { id } = await submitted()
      expect(await backend.tasks.commit({ task: id, expect: [holds], set: { description: 'written' } })).toMatchObject({
        ok: true,
      })
      expect(await backend.tasks.read(id)).toMatchObject({ description: 'written' })
    })

    test(`${words(fails)}: nothing is written`, async () => {
      const { id } = await submitted()
      expect(
        winnerOf(await backend.tasks.commit({ task: id, expect: [fails], set: { description: 'written' } }))?.id,
      ).toBe(id)
      expect((await backend.tasks.read(id))?.description).toBeUndefined()
    })
  }

  for (const clause of onAbsent) {
    test(`${words(clause)}, of an absent field: nothing is written`, async () => {
      const { id } = await submitted()
      winnerOf(await backend.tasks.commit({ task: id, expect: [clause], set: { description: 'written' } }))
      expect((await backend.tasks.read(id))?.description).toBeUndefined()
    })
  }

  test('all clauses must hold, wherever in the list the one stands that does not', async () => {
    const { id } = await submitted()
    const held = clauses.slice(0, 4).map(({ holds }) => holds)
    for (let index = 0; index <= held.length; index++) {
      const mixed = held.toSpliced(index, 0, { field: 'attempt', op: 'is', value: 8 })
      winnerOf(await backend.tasks.commit({ task: id, expect: mixed, set: { description: 'written' } }))
    }
    expect((await backend.tasks.read(id))?.description).toBeUndefined()
    expect(await backend.tasks.commit({ task: id, expect: held, set: { description: 'written' } })).toMatchObject({
      ok: true,
    })
  })
})
