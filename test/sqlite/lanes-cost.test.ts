import { describe, expect, test } from 'vitest'
import { openGate } from '../../shared/core/dispatch.ts'
import { laneNames, openLanes } from '../helpers/backend-lanes.ts'
import { at } from '../helpers/clock.ts'

// Rows and statements are counted, not milliseconds: the same on any machine.
describe('the cost of a receive', () => {
  test('is a search in the index, without sorting', () => {
    const lanes = openLanes()
    const text = lanes.db.texts.find(each => each.includes('ORDER BY wakeAt LIMIT ?')) ?? ''
    const plan = lanes.db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(1, 'send-email', 10)
    const details = plan.map(({ detail }) => String(detail)).join('\n')
    expect(details).toMatch(/^SEARCH task USING INDEX task_queue \(priority=\? AND name=\?(?: AND wakeAt[^)]*)?\)$/)
  })

  test('grows with the batch and not with the backlog', () => {
    const lanes = openLanes()
    lanes.addMany(20_000, index => ({ runAt: at('10:00:00') + index, priority: 3, name: 'send-email' }))
    lanes.receive(10, openGate, at('11:00:00'))
    const cost = lanes.cost(() => expect(lanes.ids(10, openGate)).toHaveLength(10))
    expect(cost.queries).toBeLessThanOrEqual(2)
    expect(cost.rows).toBeLessThanOrEqual(11 + 21)
  })

  test('does not grow with 50,000 due tasks of a paused name, and gives the others', () => {
    const lanes = openLanes()
    lanes.addMany(50_000, index => ({ runAt: at('10:00:00') + index, priority: 1, name: 'resize-image' }))
    const others = [0, 1, 2, 3, 4].map(
      index => lanes.add({ runAt: at('10:30:00') + index, priority: 1, name: 'send-email' }).id,
    )
    const gate = { ...openGate, names: new Set(['resize-image']) }
    const cost = lanes.cost(() => expect(lanes.ids(10, gate)).toEqual(others))
    expect(cost.queries).toBeLessThanOrEqual(5 * laneNames.length)
    expect(cost.rows).toBeLessThanOrEqual(11)
    const again = lanes.cost(() => expect(lanes.ids(10, gate)).toEqual([]))
    expect(again).toEqual({ queries: 0, rows: 0 })
  })

  test('of an idle queue is nothing', () => {
    const lanes = openLanes()
    lanes.add({ runAt: at('10:40:00') })
    lanes.receive(10, openGate, at('10:00:00'))
    expect(lanes.cost(() => lanes.receive(10, openGate, at('10:39:59')))).toEqual({ queries: 0, rows: 0 })
  })

  test('with many under way stays within those and the batch', () => {
    const lanes = openLanes()
    lanes.addMany(5_000, index => ({ runAt: at('10:00:00') + index, priority: 3 }))
    lanes.receive(100, openGate, at('11:00:00'))
    const cost = lanes.cost(() => expect(lanes.ids(5, openGate)).toHaveLength(5))
    expect(cost.rows).toBeLessThanOrEqual(6 + 106)
  })
})
