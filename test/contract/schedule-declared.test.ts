import { expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, request, setUp } from './scheduling.ts'

describeBackends('declared schedules', backend => {
  const on = setUp(backend)

  const nightly = request({ name: 'nightly', cron: '0 3 * * *' })

  test('are made, changed and removed until they are so', async () => {
    expect(await on.schedules.declare([nightly, request()])).toEqual({ created: 2, changed: 0, removed: 0 })
    expect(await on.schedules.declare([nightly, request()])).toEqual({ created: 0, changed: 0, removed: 0 })
    expect(await on.schedules.declare([{ ...nightly, cron: '0 4 * * *' }])).toEqual({
      created: 0,
      changed: 1,
      removed: 1,
    })
    const { schedules: left } = await on.schedules.list(localActor, { limit: 10 })
    expect(left).toMatchObject([{ name: 'nightly', rule: { expression: '0 4 * * *' }, declared: true, generation: 2 }])
  })

  test('what a person edits is undone by the next deploy, but a pause stays', async () => {
    await on.schedules.declare([nightly])
    const [{ id } = { id: '' }] = (await on.schedules.list(localActor, { limit: 10 })).schedules
    await on.schedules.edit(localActor, id, { description: 'by hand', cron: '0 5 * * *' })
    await on.schedules.pause(localActor, id)
    expect(await on.schedules.declare([nightly])).toEqual({ created: 0, changed: 1, removed: 0 })
    const restored = await on.schedules.get(localActor, id)
    expect(restored).toMatchObject({ rule: { expression: '0 3 * * *' }, paused: { by: 'local' } })
    expect(restored).not.toHaveProperty('description')
  })

  test('leave those that people made alone', async () => {
    await on.schedules.create(alice, request({ name: 'nightly' }))
    await on.schedules.declare([nightly])
    expect(await on.schedules.declare([])).toMatchObject({ removed: 1 })
    expect((await on.schedules.list(localActor, { limit: 10 })).schedules).toHaveLength(1)
  })

  test('one that fires once stays as it is after its time, and is not made again when it has gone', async () => {
    const once = request({ name: 'once', at: at('10:30:00') })
    expect(await on.schedules.declare([once])).toMatchObject({ created: 1 })
    on.schedules.at(at('11:00:00'))
    await on.schedules.fireDue(always)
    expect(await on.schedules.declare([once])).toEqual({ created: 0, changed: 0, removed: 0 })
    await on.schedules.declare([])
    expect(await on.schedules.declare([once])).toEqual({ created: 0, changed: 0, removed: 0 })
  })

  test('one whose end is set to a time that is past goes, and is no reason to refuse the others', async () => {
    await on.schedules.declare([nightly])
    const ended = { ...nightly, endAt: at('09:00:00') }
    expect(await on.schedules.declare([ended, request()])).toEqual({ created: 1, changed: 0, removed: 1 })
    expect(await on.schedules.declare([ended, request()])).toEqual({ created: 0, changed: 0, removed: 0 })
  })
})
