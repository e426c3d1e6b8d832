import { type AnyItem, itemBytes } from '../helpers/item-size.ts'

/** What the meter has to know of a table. */
export interface TableKeys {
  readonly keys: readonly string[]
  /** All of them hold keys only. */
  readonly indexes: readonly { readonly name: string; readonly keys: readonly string[] }[]
}

const WRITE_BYTES = 1_024
const READ_BYTES = 4_096

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
export function writeUnits(table: TableKeys, before: AnyItem | undefined, after: AnyItem | undefined): number {
  const indexed = table.indexes.reduce((sum, { keys }) => sum + indexUnits(keys, table.keys, before, after), 0)
  return tableWriteUnits(before, after) + indexed
}

/** Of the table alone: also what a write costs whose condition did not hold. */
export function tableWriteUnits(before: AnyItem | undefined, after: AnyItem | undefined): number {
  return units(Math.max(itemBytes(before ?? {}), itemBytes(after ?? {})), WRITE_BYTES)
}

/** An entry that appears, goes or stands elsewhere is written; one that stays as it is costs nothing. */
function indexUnits(
  indexKeys: readonly string[],
  tableKeys: readonly string[],
  before: AnyItem | undefined,
  after: AnyItem | undefined,
): number {
  const [old, now] = [entry(before), entry(after)]
  if (JSON.stringify(old) === JSON.stringify(now)) return 0
  return [old, now].reduce((sum, each) => sum + (each ? units(itemBytes(each), WRITE_BYTES) : 0), 0)

  function entry(item: AnyItem | undefined): AnyItem | undefined {
    if (!item || indexKeys.some(key => item[key] === undefined)) return undefined
    return Object.fromEntries([...tableKeys, ...indexKeys].map(key => [key, item[key] ?? {}]))
  }
}

/** @param bytes of all items that one read has looked at, before any filter and projection */
export function readUnits(bytes: number, consistent: boolean): number {
  return units(bytes, READ_BYTES) * (consistent ? 1 : 0.5)
}

/** Nothing at all counts as one, too. */
function units(bytes: number, size: number): number {
  return Math.max(1, Math.ceil(bytes / size))
}
