import { expect, test } from 'vitest'
import { conditionHolds, type Item, Refused, updated } from './expressions.ts'
import { SimProcess } from './process.ts'
import { simulate } from './simulate.ts'
import { trapped } from './traps.ts'
import { World } from './world.ts'

test('the same seed gives the same history, another one another', async () => {
  const [one, again, other] = [await simulate(3), await simulate(3), await simulate(4)]
  expect(again.hash()).toBe(one.hash())
  expect(again.events).toBe(one.events)
  expect(other.hash()).not.toBe(one.hash())
})

test('nobody has real time or real chance while a simulation runs', async () => {
  const world = new World(7)
  await trapped(world, async () => {
    expect(Date.now()).toBe(world.now)
    expect(new Date(Date.now())).toEqual(new Date())
    expect(() => setTimeout(() => {}, 1)).toThrow('outside of any process')
    expect(() => setInterval(() => {}, 1)).toThrow('real time')
    expect(() => setImmediate(() => {})).toThrow('real event loop')
    const drawn = crypto.getRandomValues(new Uint8Array(4))
    expect(drawn).not.toEqual(new Uint8Array(4))
    expect(crypto.randomUUID()).toMatch(/^00000000-/)
  })
  expect(Date.now()).not.toBe(world.now)
  expect(crypto.randomUUID()).not.toMatch(/^00000000-/)
})

test('a process that has died hears nothing more, and one that is stopped hears it late', async () => {
  const world = new World(7)
  const heard: string[] = []
  const [dead, stopped] = [new SimProcess(world, 'dead', 0), new SimProcess(world, 'stopped', 0)]
  for (const each of [dead, stopped]) each.clock.after(100, () => heard.push(`${each.name} at ${world.now - start}`))
  const start = world.now
  world.post(50, 'death', () => dead.kill('a test'))
  world.post(50, 'stop', () => stopped.freeze(500))
  await world.run(start + 10_000, () => false)
  expect(heard).toEqual(['stopped at 550'])
})

test('conditions hold as DynamoDB says', () => {
  const item: Item = { n: { N: '5' }, s: { S: 'b' } }
  const bindings = {
    ExpressionAttributeNames: { '#n': 'n', '#s': 's', '#x': 'x' },
    ExpressionAttributeValues: { ':4': { N: '4' }, ':10': { N: '10' }, ':a': { S: 'a' }, ':b': { S: 'b' } },
  }
  const holds = (text: string) => conditionHolds(text, item, bindings)
  // Numbers compare as numbers, and nothing compares with what is not there.
  expect(holds('#n > :4 AND #n <= :10')).toBe(true)
  expect(holds('#x <= :10 OR #x > :10 OR #x <> :10')).toBe(false)
  expect(holds('attribute_exists(#n) AND attribute_not_exists(#x)')).toBe(true)
  expect(holds('NOT #s IN (:a, :b) OR (#s = :b AND #n BETWEEN :4 AND :10)')).toBe(true)
  expect(() => holds('#n = :nothing')).toThrow(Refused)
  expect(() => holds('#n = :4 #s')).toThrow(Refused)
})

test('updates read the item as it was', () => {
  const item: Item = { a: { N: '1' }, l: { L: [{ S: 'x' }] }, gone: { S: 'y' } }
  const bindings = {
    ExpressionAttributeNames: { '#a': 'a', '#b': 'b', '#l': 'l', '#gone': 'gone' },
    ExpressionAttributeValues: { ':one': { N: '1' }, ':more': { L: [{ S: 'z' }] } },
  }
  const text = 'SET #b = #a, #a = #a + :one, #l = list_append(#l, :more) REMOVE #gone'
  expect(updated(text, item, bindings)).toEqual({ a: { N: '2' }, b: { N: '1' }, l: { L: [{ S: 'x' }, { S: 'z' }] } })
  expect(item.a).toEqual({ N: '1' })
  expect(() => updated('SET #a = #missing + :one', item, bindings)).toThrow(Refused)
})
