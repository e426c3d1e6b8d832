import { describe, expect, test } from 'vitest'
import { openGate } from '../../shared/core/dispatch.ts'
import { type Priority, priorities } from '../../shared/core/task.ts'
import { createShares, DEFAULT_WEIGHTS } from '../../shared/sqlite/shares.ts'
import { openLanes, type TestLanes } from '../helpers/backend-lanes.ts'
import { at } from '../helpers/clock.ts'

const total = priorities.reduce((sum, priority) => sum + DEFAULT_WEIGHTS[priority], 0)

/** Receives so many tasks, a batch at a time, and ends each: how many of each priority they were. */
function drain(lanes: TestLanes, count: number, batch: (round: number) => number): Record<Priority, number> {
  const tally: Record<Priority, number> = { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 }
  for (let round = 0, received = 0; received < count; round++) {
    for (const hint of lanes.receive(Math.min(batch(round), count - received), openGate, at('11:00:00'))) {
      const row = lanes.rows.find(hint.task)?.row
      if (row) tally[row.priority]++
      lanes.end(hint)
      received++
    }
  }
  return tally
}

function saturated(lanes: TestLanes, each: number, which: readonly Priority[] = priorities): void {
  lanes.addMany(each * which.length, index => ({
    priority: which[index % which.length] ?? 3,
    name: index % 3 === 0 ? 'resize-image' : 'send-email',
    runAt: at('10:00:00') + index,
  }))
}

describe('P9 shares of the priorities', () => {
  const batches = {
    'one slot at a time': () => 1,
    'ten at a time': () => 10,
    'whatever has become free': (round: number) => 1 + ((round * 7) % 13),
  }
  for (const [name, batch] of Object.entries(batches)) {
    test(`five saturated ones get theirs within 20 %: ${name}`, () => {
      const lanes = openLanes()
      saturated(lanes, 500)
      const count = 620
      const tally = drain(lanes, count, batch)
      for (const priority of priorities) {
        const fair = (count * DEFAULT_WEIGHTS[priority]) / total
        expect(
          Math.abs(tally[priority] - fair) / fair,
          `priority ${priority}: ${tally[priority]} of ${fair}`,
        ).toBeLessThanOrEqual(0.2)
      }
    })
  }

  test('the least urgent one is served within each round of shares', () => {
    const lanes = openLanes()
    saturated(lanes, 300)
    for (let round = 0; round < 5; round++) expect(drain(lanes, total + 5, () => 1)[5]).toBeGreaterThanOrEqual(1)
  })

  test('those that have nothing leave their share to the others', () => {
    const lanes = openLanes()
    saturated(lanes, 100, [3, 5])
    const tally = drain(lanes, 100, () => 3)
    expect(tally[3] + tally[5]).toBe(100)
    expect(tally[3]).toBeGreaterThanOrEqual(70)
    expect(tally[5]).toBeGreaterThanOrEqual(15)
  })

  test('one that comes late gets no credit for the time it had nothing', () => {
    const lanes = openLanes()
    saturated(lanes, 400, [1, 4])
    drain(lanes, 300, () => 5)
    lanes.addMany(100, index => ({ priority: 5, runAt: at('10:30:00') + index }))
    expect(drain(lanes, 38, () => 2)[5]).toBeLessThanOrEqual(4)
  })

  test('one that always runs dry does not lose its turn', () => {
    const lanes = openLanes()
    saturated(lanes, 800, [2])
    let urgent = 0
    for (let round = 0; round < 30; round++) {
      lanes.add({ priority: 1, runAt: at('10:00:00') })
      urgent += drain(lanes, 10, () => 5)[1]
    }
    expect(urgent).toBeGreaterThanOrEqual(29)
  })

  test('every task comes out once, whatever the batches', () => {
    const lanes = openLanes()
    saturated(lanes, 40)
    expect(drain(lanes, 200, round => 1 + (round % 17))).toEqual({ 1: 40, 2: 40, 3: 40, 4: 40, 5: 40 })
    expect(lanes.ids(10, openGate)).toEqual([])
  })

  test('draws that found nothing to run are given back: they count as if they had not been made', () => {
    const fresh = createShares(DEFAULT_WEIGHTS)
    const used = createShares(DEFAULT_WEIGHTS)
    for (let draw = 0; draw < 5; draw++) {
      used.draw(12, new Set<Priority>([2]))
      used.giveBack(2, 12)
    }
    const both = new Set<Priority>([2, 3])
    expect(used.draw(60, both)).toEqual(fresh.draw(60, both))
    expect(fresh.draw(60, both).get(2)).toBe(40)
  })
})
