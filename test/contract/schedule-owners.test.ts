import { describe, expect, test } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { changeUser, disabledKey, isDisabled, newUserWrites } from '../../shared/identity/user.ts'
import type { Schedules } from '../../shared/schedules/schedules.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, outcomes, request, setUp } from './scheduling.ts'

const id = `user_${'7'.repeat(26)}`
const joan: Actor = { owner: id, by: id, role: 'viewer' }

describeBackends('schedules of a user', backend => {
  const on = setUp(backend)
  const { fireAt } = on

  const register = () =>
    backend.records.write(
      newUserWrites({
        ...{ id, email: 'j@example.com', passwordHash: '$', role: 'viewer' },
        createdAt: 1,
        sessionVersion: 1,
      }),
    )
  const disable = () => changeUser(backend.records, id, user => ({ ...user, disabledAt: at('10:00:30') }))
  const enable = () => changeUser(backend.records, id, ({ disabledAt: _, ...user }) => user)
  const detailOf = async (of: Schedules, schedule: string) =>
    (await of.fires(joan, schedule, { limit: 1 })).fires[0]?.detail

  describe('who is disabled', () => {
    test('SEC-10 has no tasks made by schedules that are left; enabled again, they go on and make up for nothing', async () => {
      await register()
      const { schedule } = await on.schedules.create(joan, request())
      expect(outcomes(await fireAt(schedule.id, at('10:01:00')))).toEqual([['10:01:00', 'fired']])
      await disable()
      const refused = await fireAt(schedule.id, at('10:02:00'))
      expect(refused).toEqual([
        expect.objectContaining({ outcome: 'refused', detail: 'the account of its owner is disabled' }),
      ])
      expect(refused[0]).not.toHaveProperty('taskId')
      expect(await detailOf(on.schedules, schedule.id)).toMatch('disabled')
      expect(outcomes(await fireAt(schedule.id, at('10:03:00')))).toEqual([['10:03:00', 'refused']])
      await enable()
      expect(outcomes(await fireAt(schedule.id, at('10:04:00')))).toEqual([['10:04:00', 'fired']])
    })

    test('SEC-10 holds back nobody else', async () => {
      await register()
      await disable()
      const { schedule } = await on.schedules.create(alice, request())
      expect(outcomes(await fireAt(schedule.id, at('10:01:00')))).toEqual([['10:01:00', 'fired']])
    })

    test('SEC-10 is refused before a limit is asked, which then has all that it had', async () => {
      await register()
      await disable()
      const { schedule } = await on.schedules.create(joan, request({ task: { name: 'seldom' } }))
      await fireAt(schedule.id, at('10:01:00'))
      expect(await detailOf(on.schedules, schedule.id)).toMatch('disabled')
      await enable()
      expect(outcomes(await fireAt(schedule.id, at('10:02:00')))).toEqual([['10:02:00', 'fired']])
    })
  })

  test('SEC-10 the mark of a disabled user comes and goes with it, and is made good when it is missing', async () => {
    await register()
    expect(await isDisabled(backend.records, id)).toBe(false)
    await disable()
    expect(await isDisabled(backend.records, id)).toBe(true)
    const mark = await backend.records.read(disabledKey(id))
    await backend.records.write([{ key: disabledKey(id), expect: mark?.version ?? 0, value: undefined }])
    await disable()
    expect(await isDisabled(backend.records, id)).toBe(true)
    await enable()
    await enable()
    expect(await isDisabled(backend.records, id)).toBe(false)
    expect(await isDisabled(backend.records, 'deploy')).toBe(false)
  })
})
