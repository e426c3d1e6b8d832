import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scanJson } from '../../shared/http/scan-json.ts'

const limits = { depth: 64, keys: 10_000 }

describe('scanJson', () => {
  test('SEC-29 lets every JSON text of a plain value pass, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        expect(() => scanJson(JSON.stringify(value, null, space), { depth: 1_000, keys: 100_000 })).not.toThrow()
      }),
    )
  })

  test('SEC-29 never throws anything but a refusal, whatever the text', () => {
    const soup = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' ', 'u0061'),
      maxLength: 60,
    })
    fc.assert(
      fc.property(soup, text => {
        try {
          scanJson(text, limits)
        } catch (error) {
          expect(error).toMatchObject({ name: 'PulseError', code: 'malformed' })
          // What it refuses is either no JSON at all, or holds a key twice.
          const keys = parsedKeys(text)
          if (keys !== undefined) expect(keys).toBeLessThan(quotedKeys(text))
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test('finds a key given twice at any depth, also when one is written with escapes', () => {
    const key = fc.string({ maxLength: 8 })
    fc.assert(
      fc.property(
        key,
        fc.array(key, { maxLength: 30 }),
        fc.jsonValue(),
        fc.boolean(),
        (twice, others, value, nested) => {
          const unique = [...new Set(others)].filter(each => each !== twice)
          const members = [...unique, twice].map(each => `${JSON.stringify(each)}:${JSON.stringify(value)}`)
          const doubled = `{${[...members, `${escaped(twice)}:1`].join(',')}}`
          const single = `{${members.join(',')}}`
          const around = (text: string) => (nested ? `[0,{"x":[${text}],"y":${single}}]` : text)
          const wide = { depth: 1_000, keys: 100_000 }
          expect(() => scanJson(around(single), wide)).not.toThrow()
          expect(() => scanJson(around(doubled), wide)).toThrow('given twice')
        },
      ),
    )
  })

  test('the same key in neighbours, parents and children is no repeat', () => {
    expect(() => scanJson('{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":"a"}}', limits)).not.toThrow()
  })

  test('counts depth and keys exactly', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    const wide = (keys: number) => `{${Array.from({ length: keys }, (_, index) => `"k${index}":0`).join(',')}}`
    expect(() => scanJson(nested(64), limits)).not.toThrow()
    expect(() => scanJson(nested(65), limits)).toThrow('deeper than 64')
    expect(() => scanJson(wide(10_000), limits)).not.toThrow()
    expect(() => scanJson(wide(10_001), limits)).toThrow('more than 10000 keys')
  })

  test('brackets and quotes inside strings count for nothing', () => {
    expect(() =>
      scanJson(JSON.stringify({ a: '{"a":1,"a":2}[[[', b: '\\"', c: '\\' }), { depth: 1, keys: 3 }),
    ).not.toThrow()
  })
})

/** Each character as \uXXXX. */
function escaped(text: string): string {
  return `"${[...text]
    .flatMap(character => character.split(''))
    .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')}"`
}

/** Number of keys that JSON.parse kept. */
function parsedKeys(text: string): number | undefined {
  try {
    let keys = 0
    JSON.parse(text, function (key, value) {
      if (!Array.isArray(this) && key !== '') keys++
      return value
    })
    return keys
  } catch {
    return undefined
  }
}

/** Number of keys that the text writes. */
function quotedKeys(text: string): number {
  return text.split(':').length
}
