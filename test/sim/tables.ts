import type { Item } from './expressions.ts'
import type { Faults } from './faults.ts'
import type { Call } from './network.ts'
import type { World } from './world.ts'

/** One change of one item, told as it happens. */
export interface Write {
  readonly table: string
  readonly before: Item | undefined
  readonly after: Item | undefined
  /** Who has asked for it; nobody when it was removed because its time had come. */
  readonly call: Call | undefined
  readonly byExpiry: boolean
}

export interface Stored {
  readonly item: Item
  readonly before: Item | undefined
  readonly at: number
}

/** How old an answer may be that need not be consistent. */
const STALE_MS = 5_000
const LAG_MS = 30_000
/** Rows that have ended are removed soon after their time, as a rule. */
const REMOVED_MS = [0, 60_000] as const
const REMOVED_LATE_MS = [60_000, 3_600_000] as const
/** Nobody waits so long for a removal. */
const AFTER_ALL_MS = 4 * 3_600_000

/** Items as they are and as they were a moment ago, and their removal when their time has come. */
export function createTables(world: World, faults: Faults, onWrite: (write: Write) => void) {
  const tables = new Map<string, Map<string, Stored>>()

  function tableOf(name: string): Map<string, Stored> {
    const table = tables.get(name) ?? new Map<string, Stored>()
    tables.set(name, table)
    return table
  }

  function write(table: string, key: string, after: Item | undefined, call: Call | undefined): void {
    const stored = tableOf(table)
    const before = stored.get(key)?.item
    if (!before && !after) return
    if (after) stored.set(key, { item: after, before, at: world.now })
    else stored.delete(key)
    if (after?.ttl) expireLater(table, key, Number(after.ttl.N))
    onWrite({ table, before, after, call, byExpiry: call === undefined })
  }

  /** An item whose time has come is removed by nobody, later or much later, unless its time has changed. */
  function expireLater(table: string, key: string, ttl: number): void {
    const inMs = ttl * 1_000 - world.now
    if (inMs > AFTER_ALL_MS) return
    const [low, high] = faults.happens('expiryLate', key) ? REMOVED_LATE_MS : REMOVED_MS
    world.post(inMs + world.random.between(low, high), 'expiry', () => {
      if (Number(tableOf(table).get(key)?.item.ttl?.N) === ttl) write(table, key, undefined, undefined)
    })
  }

  /** As they are, or for a read that need not be consistent perhaps as they were. */
  function seen(
    stored: readonly Stored[],
    request: { readonly ConsistentRead?: boolean; readonly IndexName?: string },
  ): Item[] {
    const [lagMs, kind] = request.IndexName ? ([LAG_MS, 'indexLag'] as const) : ([STALE_MS, 'staleRead'] as const)
    const items = stored.map(({ item, before, at }) => {
      const mayBeOld = request.ConsistentRead !== true && world.now - at < lagMs
      return mayBeOld && faults.happens(kind, item.pk?.S) ? before : item
    })
    return items.filter(item => item !== undefined)
  }

  function sorted(table: string): Stored[] {
    return [...tableOf(table)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored)
  }

  return { tableOf, write, seen, sorted }
}

export function keyOf({ pk, sk }: Item): string {
  return `${pk?.S}\u0000${sk?.S}`
}
