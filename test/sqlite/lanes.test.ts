import { describe, expect, test } from 'vitest'
import { type Gate, openGate } from '../../shared/core/dispatch.ts'
import { openLanes } from '../helpers/backend-lanes.ts'
import { at } from '../helpers/clock.ts'

const gate = (closed: Partial<Gate>): Gate => ({ ...openGate, ...closed })

describe('receiving', () => {
  test('P7 gives what is due, longest due first within a priority, and nothing before its time', () => {
    const lanes = openLanes()
    const third = lanes.add({ runAt: at('10:00:09') })
    const first = lanes.add({ runAt: at('10:00:03'), name: 'resize-image' })
    const second = lanes.add({ runAt: at('10:00:05') })
    lanes.add({ runAt: at('10:00:11') })
    expect(lanes.ids(9, openGate, at('10:00:02'))).toEqual([])
    expect(lanes.ids(9, openGate, at('10:00:10'))).toEqual([first.id, second.id, third.id])
  })

  test('gives no more than asked for, and the rest the next time', () => {
    const lanes = openLanes()
    const ids = [1, 2, 3, 4, 5, 6, 7].map(
      second =>
        lanes.add({ runAt: at('10:00:00') + second * 1_000, name: second % 2 ? 'send-email' : 'resize-image' }).id,
    )
    expect(lanes.ids(3, openGate)).toEqual(ids.slice(0, 3))
    expect(lanes.ids(3, openGate)).toEqual(ids.slice(3, 6))
    expect(lanes.ids(3, openGate)).toEqual(ids.slice(6))
    expect(lanes.ids(3, openGate)).toEqual([])
  })

  test('H25 does not give again what somebody has', () => {
    const lanes = openLanes()
    const task = lanes.add()
    const [hint] = lanes.receive(9, openGate, at('10:00:01'))
    expect(hint).toMatchObject({ task: task.id, name: 'send-email' })
    expect(lanes.ids(9, openGate, at('10:00:02'))).toEqual([])
    lanes.add({ name: 'resize-image' })
    expect(lanes.ids(9, openGate, at('10:00:03'))).toHaveLength(1)
  })

  test('looks past those that somebody has', () => {
    const lanes = openLanes()
    for (let index = 0; index < 50; index++) lanes.add({ runAt: at('10:00:00') + index })
    expect(lanes.ids(40, openGate)).toHaveLength(40)
    const last = lanes.add({ runAt: at('10:00:50') })
    expect(lanes.ids(20, openGate)).toHaveLength(11)
    expect(lanes.ids(1, openGate)).toEqual([])
    expect(lanes.rows.find(last.id)?.row.id).toBe(last.id)
  })

  test('looks past those that are put off', () => {
    const lanes = openLanes()
    for (let index = 0; index < 50; index++) lanes.defer(lanes.add({ runAt: at('10:00:00') + index }), at('12:00:00'))
    const last = lanes.add({ runAt: at('10:00:50') })
    expect(lanes.ids(5, openGate)).toEqual([last.id])
  })

  test('H30 does not give what was deferred until its time', () => {
    const lanes = openLanes()
    const task = lanes.add()
    lanes.defer(task, at('10:00:30'))
    expect(lanes.ids(9, openGate, at('10:00:29'))).toEqual([])
    expect(lanes.nextDueAt(openGate)).toBe(at('10:00:30'))
    expect(lanes.ids(9, openGate, at('10:00:30'))).toEqual([task.id])
  })

  test('H46 gives again what was left, from the time that was named', () => {
    const lanes = openLanes()
    const task = lanes.add()
    const [hint] = lanes.receive(9, openGate, at('10:00:01'))
    if (hint) lanes.done(hint, at('10:00:05'))
    expect(lanes.ids(9, openGate, at('10:00:04'))).toEqual([])
    expect(lanes.ids(9, openGate, at('10:00:05'))).toEqual([task.id])
  })

  test('P6 gives a running task when its lease has run out', () => {
    const lanes = openLanes()
    const task = lanes.add({}, { state: 'RUNNING', wakeAt: at('10:00:32'), leaseToken: 'token-A', attempt: 1 })
    expect(lanes.ids(9, openGate, at('10:00:31'))).toEqual([])
    expect(lanes.ids(9, openGate, at('10:00:32'))).toEqual([task.id])
  })

  test('leaves tasks of an unknown name where they are', () => {
    const lanes = openLanes()
    const unknown = lanes.add({ name: 'of-the-next-version' })
    lanes.add({ name: 'send-email' })
    expect(lanes.ids(9, openGate)).not.toContain(unknown.id)
    expect(lanes.rows.find(unknown.id)?.row.state).toBe('PENDING')
  })

  test('a hint carries the trace of its task', () => {
    const lanes = openLanes()
    lanes.add({ traceparent: '00-1-2-01' })
    expect(lanes.receive(1, openGate, at('10:00:01'))).toMatchObject([{ traceparent: '00-1-2-01' }])
  })
})

describe('H32 a pause', () => {
  test('of everything gives nothing', () => {
    const lanes = openLanes()
    const task = lanes.add()
    expect(lanes.ids(9, gate({ all: true }))).toEqual([])
    expect(lanes.nextDueAt(gate({ all: true }))).toBe(Number.POSITIVE_INFINITY)
    expect(lanes.ids(9, openGate)).toEqual([task.id])
  })

  test('that a hint was acknowledged under loses nothing: after it every lane is looked at anew', () => {
    const lanes = openLanes()
    const task = lanes.add()
    const [hint] = lanes.receive(9, openGate, at('10:00:01'))
    lanes.done(hint ?? expect.fail('it is due'))
    expect(lanes.ids(9, openGate, at('10:00:02'))).toEqual([])
    const heard: number[] = []
    lanes.onWork(time => heard.push(time))
    lanes.refresh()
    expect(heard).toEqual([0])
    expect(lanes.ids(9, openGate, at('10:00:03'))).toEqual([task.id])
  })

  test('of a priority and of a name leave out those alone, and end without a loss', () => {
    const lanes = openLanes()
    const [paused, named, both, open] = [
      lanes.add({ priority: 2 }),
      lanes.add({ priority: 4, name: 'resize-image' }),
      lanes.add({ priority: 2, name: 'resize-image' }),
      lanes.add({ priority: 4 }),
    ]
    const closed = gate({ priorities: [2], names: new Set(['resize-image']) })
    expect(lanes.ids(9, closed)).toEqual([open.id])
    expect(lanes.nextDueAt(closed)).toBe(Number.POSITIVE_INFINITY)
    expect(lanes.ids(9, openGate).toSorted()).toEqual([paused.id, named.id, both.id].toSorted())
  })
})

describe('telling when there is work', () => {
  test('names the next run time of what may run', () => {
    const lanes = openLanes()
    expect(lanes.ids(9, openGate, at('10:00:00'))).toEqual([])
    expect(lanes.nextDueAt(openGate)).toBe(Number.POSITIVE_INFINITY)
    lanes.add({ runAt: at('10:20:00') })
    lanes.add({ runAt: at('10:10:00'), name: 'resize-image' })
    expect(lanes.nextDueAt(openGate)).toBe(at('10:10:00'))
    expect(lanes.nextDueAt(gate({ names: new Set(['resize-image']) }))).toBe(at('10:20:00'))
    lanes.receive(9, openGate, at('10:10:00'))
    expect(lanes.nextDueAt(openGate)).toBe(at('10:20:00'))
  })

  test('calls its listener for what is earlier than it said, and only for that', () => {
    const lanes = openLanes()
    lanes.receive(9, openGate, at('10:00:00'))
    const heard: number[] = []
    lanes.onWork(time => heard.push(time))
    lanes.add({ runAt: at('10:20:00') })
    lanes.add({ runAt: at('10:30:00') })
    lanes.add({ runAt: at('10:10:00') })
    lanes.add({ runAt: at('10:05:00'), name: 'of-the-next-version' })
    expect(heard).toEqual([at('10:20:00'), at('10:10:00')])
  })

  test('H114 finds after a start what was there before', () => {
    const lanes = openLanes()
    const task = lanes.add()
    lanes.rows.forgetAll()
    expect(lanes.nextDueAt(openGate)).toBeLessThanOrEqual(at('10:00:00'))
    expect(lanes.ids(9, openGate)).toEqual([task.id])
  })
})
