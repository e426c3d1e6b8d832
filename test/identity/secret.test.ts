import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../shared/identity/secret.ts'

const canary = 'canary-secret-5b1e'
const secret = new Secret(canary)

describe('SEC-45 a secret shows itself only when it is asked to', () => {
  test.each<[string, (secret: Secret) => string]>([
    ['String()', each => String(each)],
    ['a template string', each => `${each}`],
    ['a sum of strings', each => `${''}${each.toString()}`],
    ['JSON', each => JSON.stringify(each)],
    ['JSON, deep inside', each => JSON.stringify({ a: [{ b: each }] })],
    ['inspect', each => inspect(each)],
    ['inspect, deep inside', each => inspect({ a: [{ b: each }], c: new Map([['d', each]]) }, { depth: 9 })],
    ['inspect with hidden fields', each => inspect(each, { showHidden: true })],
    ['format %s', each => format('%s', each)],
    ['format %o', each => format('%o', each)],
    ['format %j', each => format('%j', each)],
    ['the message of an error', each => inspect(new Error(`failed with ${each}`))],
  ])('%s', (_, print) => {
    const shown = print(secret)
    expect(shown).toContain('[secret]')
    expect(shown).not.toContain(canary)
  })

  test('nor where only its fields are looked at', () => {
    const shown = [
      inspect(secret, { customInspect: false, showHidden: true }),
      JSON.stringify({ ...secret }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ ...secret })),
    ]
    expect(shown.join()).not.toContain(canary)
  })
})

test('it gives back what it was made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(new Secret(text).reveal()).toBe(text)
    }),
  )
})
