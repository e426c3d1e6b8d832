import type { AnyItem } from '../helpers/item-size.ts'
import type { TableKeys } from './capacity.ts'
import type { Ask } from './exchange.ts'

/** Items as they are stored, so that the meter knows what each write finds and leaves. */
export interface Tables {
  keysOf(table: string): Promise<TableKeys>
  /** The item as it is now. */
  read(table: string, key: AnyItem): Promise<AnyItem | undefined>
  /** What a write has left, as its request or its answer told; asked for again when neither did. */
  note(table: string, key: AnyItem, item: AnyItem | undefined | 'unknown'): Promise<void>
}

export function createTables(ask: Ask): Tables {
  const tables = new Map<string, Promise<TableKeys>>()
  const items = new Map<string, AnyItem | undefined>()

  async function describe(table: string): Promise<TableKeys> {
    const { Table } = await ask('DescribeTable', { TableName: table })
    const namesOf = (schema: { AttributeName: string }[]) => schema.map(({ AttributeName }) => AttributeName)
    // biome-ignore lint/suspicious/noExplicitAny: as the emulator answers.
    const indexes = (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }: any) => {
      if (Projection.ProjectionType !== 'KEYS_ONLY') throw new TypeError(`the index ${IndexName} holds more than keys`)
      return { name: IndexName, keys: namesOf(KeySchema) }
    })
    return { keys: namesOf(Table.KeySchema), indexes }
  }

  async function keysOf(table: string): Promise<TableKeys> {
    const known = tables.get(table) ?? describe(table)
    tables.set(table, known)
    return known
  }

  async function place(table: string, keyed: AnyItem): Promise<{ id: string; key: AnyItem }> {
    const { keys } = await keysOf(table)
    const key = Object.fromEntries(keys.map(name => [name, keyed[name] ?? {}]))
    return { id: `${table} ${JSON.stringify(key)}`, key }
  }

  return {
    keysOf,
    async read(table, keyed) {
      const { id, key } = await place(table, keyed)
      if (!items.has(id)) {
        const { Item } = await ask('GetItem', { TableName: table, Key: key, ConsistentRead: true })
        items.set(id, Item)
      }
      return items.get(id)
    },
    async note(table, keyed, item) {
      const { id } = await place(table, keyed)
      if (item === 'unknown') items.delete(id)
      else items.set(id, item)
    },
  }
}
