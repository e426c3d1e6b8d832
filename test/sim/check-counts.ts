import { COUNTS, DUE, ENDS, minuteOf } from '../../shared/aws/deltas.ts'
import { isTerminal, type TaskRow } from '../../shared/core/task.ts'
import type { Item } from './expressions.ts'

/** Counters equal a recount (P15): of the rows as they are, and of the ends as they were written. */
export function createCountChecks(rows: ReadonlyMap<string, TaskRow>) {
  /** Ends by the item and the attribute that count them. */
  const ended = new Map<string, number>()

  function wanted(): Map<string, number> {
    const counts = new Map(ended)
    for (const { state, name, runAt } of rows.values()) {
      add(counts, `${COUNTS} ${state}#${name}`)
      if (state !== 'PENDING' && state !== 'RETRYING') continue
      add(counts, `${DUE}${minuteOf(runAt)} w#${name}`)
      add(counts, `${DUE}${minuteOf(runAt)} s#${new Date(runAt).getUTCSeconds()}`)
    }
    return counts
  }

  return {
    wrote(before: TaskRow | undefined, { state, name, finishedAt = 0 }: TaskRow): void {
      if (before && !isTerminal(before.state) && isTerminal(state))
        add(ended, `${ENDS}${minuteOf(finishedAt)} ${state}#${name}`)
    },
    /** @returns the first difference, in words */
    difference(items: readonly Item[]): string | undefined {
      const [counters, recount] = [countersOf(items), wanted()]
      for (const key of new Set([...counters.keys(), ...recount.keys()])) {
        const [is, should] = [counters.get(key) ?? 0, recount.get(key) ?? 0]
        if (is !== should) return `${key} is ${is}, a recount says ${should}`
      }
      return undefined
    },
  }
}

/** Counts of the same are spread over several items. */
function countersOf(items: readonly Item[]): Map<string, number> {
  const counters = new Map<string, number>()
  for (const item of items) {
    const key = item.sk?.S ?? ''
    const kind = [COUNTS, DUE, ENDS].find(each => key.startsWith(each))
    for (const [attribute, { N }] of kind ? Object.entries(item) : [])
      if (N !== undefined && /^(?:[A-Z]+|w|s)#/.test(attribute))
        add(counters, `${kind === COUNTS ? COUNTS : key} ${attribute}`, Number(N))
  }
  return counters
}

function add(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
