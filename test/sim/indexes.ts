import { tasksTable } from '../../shared/aws/names.ts'
import type { Item } from './expressions.ts'

/** The attributes that an index of the tasks table has for its keys. */
export function indexKeys(name: string): { readonly partitionKey: string; readonly sortKey: string } {
  const index = [tasksTable.byOwner, tasksTable.byName, tasksTable.dead].find(each => each.index === name)
  if (!index) throw new Error(`there is no index ${name}`)
  return index
}

/** What an index shows of an item: its keys. Nothing of one that has none. */
export function indexed(item: Item, name: string): Item | undefined {
  const { partitionKey, sortKey } = indexKeys(name)
  const { pk, sk, [partitionKey]: partition, [sortKey]: place } = item
  return pk && sk && partition && place ? { pk, sk, [partitionKey]: partition, [sortKey]: place } : undefined
}
