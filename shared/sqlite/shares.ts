import { type Priority, priorities } from '../core/task.ts'

/** Polling shares: no priority starves, none gets more while others want theirs. */
export const DEFAULT_WEIGHTS: Readonly<Record<Priority, number>> = { 1: 16, 2: 8, 3: 4, 4: 2, 5: 1 }

/** Stride scheduling: each draw of a priority moves its pass by 1 / weight, and the smallest pass is drawn next. */
export interface Shares {
  /** How many of `count` each of the ready priorities gets, most urgent first. */
  draw(count: number, ready: ReadonlySet<Priority>): Map<Priority, number>
  /** Draws that found nothing to run. */
  giveBack(priority: Priority, count: number): void
}

export function createShares(weights: Readonly<Record<Priority, number>>): Shares {
  const pass: Record<Priority, number> = { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 }
  let present = 0

  return {
    draw(count, ready) {
      const drawn = new Map<Priority, number>()
      const wanted = priorities.filter(priority => ready.has(priority))
      // Who had nothing to run gets no credit for the time.
      for (const priority of wanted) pass[priority] = Math.max(pass[priority], present)
      for (let left = count; left > 0; left--) {
        let next = wanted[0]
        if (next === undefined) break
        for (const priority of wanted) if (pass[priority] < pass[next]) next = priority
        present = pass[next]
        pass[next] += 1 / weights[next]
        drawn.set(next, (drawn.get(next) ?? 0) + 1)
      }
      return drawn
    },
    giveBack(priority, count) {
      pass[priority] -= count / weights[priority]
    },
  }
}
