import { describe, expect, test } from 'vitest'
import { readHazards } from '../../scripts/docs/hazards.ts'
import { testsById, titlesOf } from '../../scripts/test-names.ts'
import { filesIn, read } from './files.ts'

const { promises, due, later } = readHazards()
const tests = testsById()
const deferred = later.flatMap(({ ids }) => Object.keys(ids))

test('SEC-51 every id that is due is named by a test', () => {
  expect(Object.keys(due).filter(id => !tests.has(id))).toEqual([])
})

test('SEC-51 the list is whole: each id once, due today or with a reason why not', () => {
  const all = [...Object.keys(due), ...deferred]
  const numbers = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}${index + 1}`)
  expect([...all].sort()).toEqual([...numbers('H', 118), ...numbers('SEC-', 51)].sort())
  expect(later.filter(({ reason }) => reason.length < 20)).toEqual([])
})

test('no test names an id that does not exist', () => {
  const known = new Set([...Object.keys(due), ...deferred, ...Object.keys(promises)])
  expect([...tests.keys()].filter(id => !known.has(id)).map(id => `${id}: ${tests.get(id)?.[0]?.file}`)).toEqual([])
})

test('no promise without a test: of its own, or of all that it rests on', () => {
  const bare = Object.entries(promises).filter(
    ([id, { ids }]) => !tests.has(id) && (ids.length === 0 || ids.some(each => !tests.has(each))),
  )
  expect(bare.map(([id]) => id)).toEqual([])
})

describe('docs/reliability.md and the list agree', () => {
  const rows = [...read('docs/reliability.md').matchAll(/^\| (P\d+) \| .*? \|([^|]*)\|$/gm)]

  test('about the promises', () => {
    expect(rows.map(([, id]) => id)).toEqual(Object.keys(promises))
  })

  test('about what they rest on', () => {
    const told = Object.fromEntries(rows.map(([, id = '', ids = '']) => [id, ids.split(' ').filter(Boolean)]))
    expect(told).toEqual(Object.fromEntries(Object.entries(promises).map(([id, { ids }]) => [id, ids])))
    expect(
      Object.values(promises)
        .flatMap(({ ids }) => ids)
        .filter(id => !(id in due)),
    ).toEqual([])
  })
})

test('ids that the code mentions are in the list', () => {
  const known = new Set([...Object.keys(due), ...deferred, ...Object.keys(promises), 'P12', 'P14', 'P16'])
  const mentioned = filesIn('shared').flatMap(path =>
    [...read(path).matchAll(/\((?:[HP]|SEC-)\d+(?:, (?:[HP]|SEC-)\d+)*\)/g)].flatMap(([ids]) =>
      ids.slice(1, -1).split(', '),
    ),
  )
  expect(mentioned.length).toBeGreaterThan(50)
  expect(mentioned.filter(id => !known.has(id))).toEqual([])
})

describe('names of tests are read', () => {
  test('from titles of any quotes, and from cases', () => {
    const source = ["test('X1 one', f)", 'test("X2 two", f)', 'test(`X3 $' + '{name}`, f)', "each([['X4 four']])"]
    expect(titlesOf(source.join('\n'))).toEqual(['X1 one', 'X2 two', 'X3 $' + '{name}', 'X4 four'])
  })

  test('but not from comments, from bare ids, or from tests that are skipped', () => {
    const source = [
      "// 'X1 one'",
      "/* 'X2 two' */",
      "ids.includes('X3')",
      "test.skip('X4 four', f)",
      "it.todo( 'X5 five')",
    ]
    expect(titlesOf(source.join('\n'))).toEqual([])
  })
})
