import { expect, test } from 'vitest'
import { cancel, edit, fail, heartbeat, requeue, snooze } from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { boom, lease } from './fixtures.ts'

describeBackends('hints', backend => {
  const hinted = async (time: string) => (await backend.received(at(time))).map(({ task }) => task)

  test('P7 H30 a task is hinted at from its run time on, and not before', async () => {
    const now = await backend.submitted({}, at('10:00:01'))
    const later = await backend.submitted({ runAt: at('10:20:07') }, at('10:00:02'))
    expect(await hinted('10:00:03')).toEqual([now.id])
    expect(await hinted('10:20:06')).not.toContain(later.id)
    expect(await hinted('10:20:07')).toContain(later.id)
  })

  test('a hint carries what never changes about its task, and nothing else', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const traced = await backend.submitted(
      { traceparent, payload: '{"secret":1}', name: 'resize-image' },
      at('10:00:01'),
    )
    const [hint] = await backend.received(at('10:00:02'))
    expect(hint).toEqual({ task: traced.id, name: 'resize-image', traceparent, messageId: expect.any(String) })
    const plain = await backend.submitted({}, at('10:00:03'))
    expect(await backend.received(at('10:00:04'))).toEqual([
      { task: plain.id, name: 'send-email', messageId: expect.any(String) },
    ])
  })

  test('H46 a retry and a snooze are hinted at for their time', async () => {
    const retried = await backend.claimed(await backend.submitted({}, at('10:00:01')), 'token-A', at('10:00:02'))
    const snoozed = await backend.claimed(await backend.submitted({}, at('10:00:03')), 'token-B', at('10:00:04'))
    await hinted('10:00:04')
    await backend.written(fail(lease(retried, 'token-A', at('10:00:32')), retried, boom('x'), 60_000, at('10:00:05')))
    await backend.written(snooze(lease(snoozed, 'token-B', at('10:00:34')), snoozed, 90_000, at('10:00:06')))
    expect(await hinted('10:01:04')).toEqual([])
    // A spare hint may look again beside it (H25).
    expect(new Set(await hinted('10:01:05'))).toEqual(new Set([retried.id]))
    expect(await hinted('10:01:35')).not.toContain(snoozed.id)
    expect(await hinted('10:01:36')).toContain(snoozed.id)
  })

  test('H67 a requeued task, and one whose run time was brought forward, are hinted at anew', async () => {
    const dead = await backend.dead({}, 'x', at('10:00:05'))
    const far = await backend.submitted({ runAt: at('14:00:00') }, at('10:00:06'))
    await hinted('10:00:07')
    await backend.written(requeue(dead, at('10:00:08'), 'user_9'))
    await backend.written(edit(far, { runAt: at('10:03:00') }, at('10:00:09'), 'user_9'))
    expect(await hinted('10:00:10')).toEqual([dead.id])
    expect(await hinted('10:02:59')).not.toContain(far.id)
    expect(await hinted('10:03:00')).toContain(far.id)
  })

  test('H1 a hint that is sent again brings the task back at the time it names', async () => {
    const task = await backend.submitted({}, at('10:00:01'))
    expect(await hinted('10:00:02')).toEqual([task.id])
    await backend.hints.send(task, at('10:00:20'))
    expect(await hinted('10:00:19')).toEqual([])
    expect(await hinted('10:00:20')).toEqual([task.id])
  })

  test('H67 a task that was put off, ended and was requeued is hinted at without delay', async () => {
    const task = await backend.submitted({}, at('10:00:01'))
    await backend.hints.send(task, at('10:00:12'))
    const canceled = await backend.written(cancel(task, at('10:00:02'), 'user_9'))
    await backend.written(requeue(canceled, at('10:00:03'), 'user_9'))
    expect(await hinted('10:00:03')).toContain(task.id)
  })

  test('a hint of a task that has ended, or that runs and is kept alive, starts nothing', async () => {
    const canceled = await backend.submitted({ runAt: at('10:05:00') }, at('10:00:01'))
    await backend.written(cancel(canceled, at('10:00:02'), 'user_9'))
    const running = await backend.claimed(await backend.submitted({}, at('10:00:03')), 'token-A', at('10:00:04'))
    expect(await hinted('10:00:05')).toEqual([])
    await backend.written(heartbeat(lease(running, 'token-A', at('10:09:00'))))
    expect(await backend.received(at('10:06:00'))).toEqual([])
  })

  test('H20 an edit to an earlier time counts, although a hint for the later one was sent again', async () => {
    const task = await backend.submitted({ runAt: at('14:00:00') }, at('10:00:01'))
    await backend.hints.send(task, at('14:00:00'))
    await backend.written(edit(task, { runAt: at('10:00:05') }, at('10:00:04'), 'user_9'))
    expect(await hinted('10:00:05')).toEqual([task.id])
  })
})
