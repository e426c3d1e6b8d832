import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCursors } from '../../shared/http/cursor.ts'

const cursors = createCursors(Buffer.alloc(32, 1))

describe('cursors', () => {
  test('SEC-20 give back the place that they were made of', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (place, scope) => {
        expect(cursors.open(cursors.seal(place, scope), scope)).toBe(place)
      }),
    )
  })

  test('SEC-20 with any bit flipped they are refused', () => {
    const cursor = cursors.seal('task_01K0XW6V3M8Q2T5R7Y9Z4B6C8D', 'scope')
    const bytes = Buffer.from(cursor)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => cursors.open(flipped.toString('latin1'), 'scope'), `bit ${bit}`).toThrow('no cursor of this list')
    }
  })

  test('SEC-20 of another scope or another key they are refused', () => {
    const cursor = cursors.seal('place', 'mine')
    expect(() => cursors.open(cursor, 'yours')).toThrow('no cursor of this list')
    expect(() => createCursors(Buffer.alloc(32, 2)).open(cursor, 'mine')).toThrow('no cursor of this list')
  })

  test('what part is scope and what part place cannot be shifted', () => {
    const cursor = Buffer.from(cursors.seal('place', 'scope'), 'base64url')
    const shifted = Buffer.concat([cursor.subarray(0, 16), Buffer.from('eplace')]).toString('base64url')
    expect(() => cursors.open(shifted, 'scop')).toThrow('no cursor of this list')
  })

  test('a key that is too short is a mistake of the programmer', () => {
    expect(() => createCursors(Buffer.alloc(31))).toThrow(TypeError)
  })
})
