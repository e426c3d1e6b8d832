import { describe, expect, test } from 'vitest'
import { updateExpressions } from '../../shared/aws/expressions.ts'
import { Add, type Condition, removed, type Update } from '../../shared/core/change.ts'
import { terminalStates } from '../../shared/core/task.ts'
import { complete, discard, requeue, submit } from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'

const DAY_MS = 86_400_000
const id = 'task_01JXQ8Z4M0ABCDEFGHJKMNPQRS'
const hostile = '#pk = :0 OR attribute_exists(#pk) "\'`; --'

const change = (parts: Partial<Update>): Update => ({ task: id, expect: [], set: {}, ...parts })
const expressions = (parts: Partial<Update>) => updateExpressions(change(parts), 7 * DAY_MS)

/** The paths that an update names, in the order of the text. */
function targets({ UpdateExpression = '' }: ReturnType<typeof updateExpressions>): string[] {
  const [sets = '', removes = ''] = UpdateExpression.replace(/^SET /, '').split(/ ?REMOVE /)
  return [...sets.split(/, (?=#\w+ = )/).map(set => set.split(' = ')[0] ?? ''), ...removes.split(', ')].filter(Boolean)
}

describe('an update', () => {
  test('H63 is refused where no row is, whatever else it expects', () => {
    expect(expressions({}).ConditionExpression).toBe('attribute_exists(#pk)')
    const clauses: Condition[] = [{ field: 'leaseToken', op: 'absent', value: 0 }]
    expect(expressions({ expect: clauses }).ConditionExpression).toMatch(/^attribute_exists\(#pk\) AND /)
  })

  test('that changes nothing says nothing, and one with an entry alone appends it', () => {
    expect(expressions({})).not.toHaveProperty('UpdateExpression')
    expect(expressions({})).not.toHaveProperty('ExpressionAttributeValues')
    const { UpdateExpression } = expressions({ entry: { at: at('10:00:01'), to: 'RUNNING' } })
    expect(UpdateExpression).toBe('SET #h = list_append(#h, :0)')
  })

  test('names no attribute twice, which DynamoDB would refuse', () => {
    const row = submit(
      { id, name: 'n', owner: 'o', priority: 3, maxAttempts: 3, runAt: at('10:00:00') },
      at('10:00:00'),
    ).row
    const entry = { at: at('10:00:01'), to: 'RUNNING' } as const
    const lease = { task: id, token: 't', endsAt: at('10:00:30') }
    for (const update of [
      requeue({ ...row, state: 'DEAD' }, at('10:00:02'), 'user', { text: '1' }),
      complete(lease, 1, { text: '1' }, at('10:00:03')),
      discard(lease, row, { name: 'E', message: 'm', fingerprint: 'f' }, at('10:00:04')),
      change({ set: { title: 'T' }, entry, history: [entry, entry] }),
    ]) {
      const named = targets(updateExpressions(update, DAY_MS))
      expect(named.length).toBeGreaterThan(1)
      expect(new Set(named).size).toBe(named.length)
    }
  })

  test('SEC-35 binds every value and every name: no text of anybody stands in an expression', () => {
    const { ConditionExpression, UpdateExpression, ...bound } = expressions({
      expect: [
        { field: 'title', op: 'is', value: hostile },
        { field: 'name', op: 'is', value: hostile },
      ],
      set: {
        title: hostile,
        owner: hostile,
        tags: { [hostile]: hostile },
        attempt: new Add(1),
        description: removed,
      },
      entry: { at: at('10:00:01'), to: 'RUNNING', why: hostile, by: hostile },
    })
    const word = String.raw`[#:]\w+`
    expect(UpdateExpression?.replaceAll(new RegExp(word, 'g'), '')).toMatch(/^[\w\s=+,()]*$/)
    expect(`${ConditionExpression} ${UpdateExpression}`).not.toContain('--')
    const words = `${ConditionExpression} ${UpdateExpression}`.match(new RegExp(word, 'g')) ?? []
    const known = { ...bound.ExpressionAttributeNames, ...bound.ExpressionAttributeValues }
    expect(new Set(words)).toEqual(new Set(Object.keys(known)))
  })
})

describe('the end of a task', () => {
  test.each(terminalStates)('H85 H86 as %s sets its removal, in seconds; every other state takes it back', state => {
    const finishedAt = at('10:00:00') + 1
    const ended = expressions({ set: { state, finishedAt } })
    expect(valueSet(ended, 'ttl')).toEqual({ N: String((at('10:00:01') + 7 * DAY_MS) / 1_000) })
    for (const waiting of ['PENDING', 'RETRYING', 'RUNNING'] as const)
      expect(expressions({ set: { state: waiting } }).UpdateExpression).toMatch(/REMOVE .*#ttl/)
  })

  test('H85 a change that leaves the state alone leaves its removal alone', () => {
    expect(expressions({ set: { wakeAt: at('10:00:00'), title: 'T' } }).UpdateExpression).not.toContain('ttl')
  })

  test('H54 a dead task stands in the list of the dead, by the time of its death; no other does', () => {
    const dead = expressions({ set: { state: 'DEAD', finishedAt: at('10:00:00') } })
    expect(valueSet(dead, 'dp')?.S).toMatch(/^dead#[0-3]$/)
    expect(valueSet(dead, 'ds')?.S).toMatch(/ABCDEFGHJKMNPQRS$/)
    for (const state of ['COMPLETED', 'CANCELED', 'EXPIRED'] as const)
      expect(expressions({ set: { state, finishedAt: at('10:00:00') } }).UpdateExpression).toMatch(/REMOVE #dp, #ds/)
  })

  test('without a time is a mistake', () => {
    expect(() => expressions({ set: { state: 'DEAD' } })).toThrow('says when')
  })
})

function valueSet({ UpdateExpression = '', ExpressionAttributeValues }: ReturnType<typeof expressions>, name: string) {
  const [, word = ''] = new RegExp(`#${name} = (:\\d+)`).exec(UpdateExpression) ?? []
  return ExpressionAttributeValues?.[word]
}
