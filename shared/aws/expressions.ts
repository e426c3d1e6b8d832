import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { type Assignments, type Condition, type Field, isAdd, isRemove, type Update } from '../core/change.ts'
import { type Instant, isTerminal, type TaskRow } from '../core/task.ts'
import { tasksTable } from './names.ts'
import { placeOf } from './places.ts'
import { attributes, encodeField, encodeHistory } from './row-codec.ts'
import { sharded, shardOf, shards } from './shards.ts'

/** What an UpdateItem says beside its key. */
export interface UpdateExpressions {
  /** Absent when the change sets nothing. */
  readonly UpdateExpression?: string
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>
}

/** That no row is there yet. */
export const absentRow = {
  ConditionExpression: 'attribute_not_exists(#pk)',
  ExpressionAttributeNames: { '#pk': tasksTable.partitionKey },
} as const

/** @param retentionMs how long a row is kept after its end */
export function updateExpressions(change: Update, retentionMs: number): UpdateExpressions {
  const words = createWords()
  const sets: string[] = []
  const removes: string[] = []
  for (const [field, value] of assigned(change.set)) {
    const name = words.name(attributes[field])
    if (value === undefined || isRemove(value)) removes.push(name)
    else if (isAdd(value)) sets.push(`${name} = ${name} + ${words.value({ N: String(value.add) })}`)
    else sets.push(`${name} = ${words.value(encodeField(field, value, change.task))}`)
  }
  for (const [attribute, value] of Object.entries(derived(change, retentionMs))) {
    if (value) sets.push(`${words.name(attribute)} = ${words.value(value)}`)
    else removes.push(words.name(attribute))
  }
  const history = change.history ?? (change.entry && [change.entry])
  if (history) {
    const name = words.name(attributes.history)
    const value = words.value(encodeHistory(history))
    sets.push(`${name} = ${change.history ? value : `list_append(${name}, ${value})`}`)
  }
  const clauses = change.expect.map(condition => clause(condition, change.task, words))
  const update = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ]
  return {
    ...(update.length > 0 && { UpdateExpression: update.join(' ') }),
    // An update of a key that does not exist would create a row (H63).
    ConditionExpression: [`attribute_exists(${words.name(tasksTable.partitionKey)})`, ...clauses].join(' AND '),
    ...words.used(),
  }
}

function assigned(set: Assignments): [Field, Assignments[Field]][] {
  // The keys of the set are fields by type.
  return Object.entries(set) as [Field, Assignments[Field]][]
}

/**
 * What follows from the state: a row that has ended goes by itself after a while, in epoch seconds (H85, H86), and a dead one stands in
 * the list of the dead. A change that leaves the state alone leaves these alone.
 */
function derived({ task, set }: Update, retentionMs: number): Readonly<Record<string, AttributeValue | undefined>> {
  const { state } = set
  if (state === undefined) return {}
  const end = isTerminal(state as TaskRow['state']) ? endOf(set) : undefined
  const { partitionKey, sortKey } = tasksTable.dead
  const dead = state === 'DEAD' && end !== undefined
  return {
    [tasksTable.ttl]: end === undefined ? undefined : { N: String(Math.ceil((end + retentionMs) / 1_000)) },
    [partitionKey]: dead ? { S: deadPartition(shardOf(task)) } : undefined,
    [sortKey]: dead ? { S: placeOf(end, task) } : undefined,
  }
}

function endOf(set: Assignments): Instant {
  if (typeof set.finishedAt === 'number') return set.finishedAt
  throw new TypeError('a change that ends a task says when')
}

/** A partition of the list of the dead. */
export function deadPartition(shard: number): string {
  return sharded('dead', shard)
}

function clause({ field, op, value }: Condition, id: string, words: Words): string {
  const name = words.name(attributes[field])
  if (op === 'absent') return `attribute_not_exists(${name})`
  if (field === 'name' || field === 'owner') return partitionClause(name, op, value, words)
  const bound = words.value(encodeField(field, value, id))
  switch (op) {
    case 'is':
      return `${name} = ${bound}`
    case 'isNot':
      // Of an absent attribute "differs" would hold.
      return `(attribute_exists(${name}) AND ${name} <> ${bound})`
    case 'notAfter':
    case 'atMost':
      return `${name} <= ${bound}`
    case 'after':
    case 'above':
      return `${name} > ${bound}`
    case 'absentOrAfter':
      return `(attribute_not_exists(${name}) OR ${name} > ${bound})`
  }
}

/** Owner and name are stored with a shard, of which the number may have been smaller when the row was written. */
function partitionClause(name: string, op: Condition['op'], value: string | number, words: Words): string {
  const bound = shards.map(shard => words.value({ S: sharded(String(value), shard) })).join(', ')
  if (op === 'is') return `${name} IN (${bound})`
  if (op === 'isNot') return `(attribute_exists(${name}) AND NOT ${name} IN (${bound}))`
  throw new TypeError(`an owner or a name is not compared by "${op}"`)
}

interface Words {
  name(attribute: string): string
  value(value: AttributeValue): string
  used(): Pick<UpdateExpressions, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>
}

/** Every name and value is bound: nothing that anybody chose stands in the text (SEC-35). */
function createWords(): Words {
  const names: Record<string, string> = {}
  const values: Record<string, AttributeValue> = {}
  let count = 0
  return {
    name(attribute) {
      names[`#${attribute}`] = attribute
      return `#${attribute}`
    },
    value(value) {
      const word = `:${count++}`
      values[word] = value
      return word
    },
    used: () => ({
      ExpressionAttributeNames: names,
      // DynamoDB refuses an empty map.
      ...(count > 0 && { ExpressionAttributeValues: values }),
    }),
  }
}

/** The attributes of some fields, for reads of a part of a row. */
export function projection(wanted: readonly (keyof typeof attributes)[]): {
  readonly ProjectionExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
} {
  const names = [...new Set(wanted.map(field => attributes[field]))]
  return {
    ProjectionExpression: names.map(name => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map(name => [`#${name}`, name])),
  }
}
