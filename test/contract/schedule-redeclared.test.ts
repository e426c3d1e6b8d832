import { expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { HOUR, outcomes, request, setUp } from './scheduling.ts'

describeBackends('schedules that are declared anew', backend => {
  const on = setUp(backend)

  test.each([
    ['one', 'fired'],
    ['skip', 'missed'],
  ] as const)('H71 H72 what was due by the rule before is decided by it: catch-up %s', async (catchUp, outcome) => {
    const declared = request({ name: 'hourly', catchUp })
    await on.schedules.declare([{ ...declared, everyMs: HOUR }])
    const [{ id } = { id: '' }] = (await on.schedules.list(localActor, { limit: 10 })).schedules
    on.schedules.at(at('11:10:00'))
    const { everyMs: _, ...nightly } = { ...declared, cron: '0 3 * * *' }
    expect(await on.schedules.declare([nightly])).toMatchObject({ changed: 1 })
    const { fires } = await on.schedules.fires(localActor, id, { limit: 10 })
    expect(outcomes(fires)).toEqual([['11:00:00', outcome]])
    expect((await on.schedules.get(localActor, id)).nextAt).toBe(at('03:00:00') + 24 * HOUR)
  })
})
