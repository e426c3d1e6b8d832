import { expect, test } from 'vitest'
import { itemBytes } from '../helpers/item-size.ts'

test.each([
  ['text, in UTF-8', { name: { S: 'Zoë' } }, 4 + 4],
  ['bytes, not their base64', { b: { B: Buffer.from('12345').toString('base64') } }, 1 + 5],
  ['truth and nothing', { t: { BOOL: true }, n: { NULL: true } }, 1 + 1 + 1 + 1],
  ['a list', { l: { L: [{ S: 'ab' }, { S: 'c' }] } }, 1 + 3 + (1 + 2) + (1 + 1)],
  ['a map', { m: { M: { key: { S: 'ab' } } } }, 1 + 3 + 1 + 3 + 2],
  ['sets', { s: { SS: ['ab', 'c'] }, n: { NS: ['7', '100'] } }, 1 + 3 + 1 + 2 + 2],
])('an item counts %s', (_what, item, bytes) => {
  expect(itemBytes(item)).toBe(bytes)
})

test.each([
  ['0', 1],
  ['7', 2],
  ['42', 2],
  ['100', 2],
  ['120', 3],
  ['1234567', 5],
  ['-5', 3],
  ['0.5', 2],
  ['1795334471008', 8],
])('the number %s takes %i bytes', (number, bytes) => {
  expect(itemBytes({ n: { N: number } })).toBe(1 + bytes)
})
