import { createPublicKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { deriveKeys } from '../../shared/identity/keys.ts'
import { macOf } from '../../shared/identity/mac.ts'
import { chance } from '../helpers/chance.ts'

const master = chance('a master key')(32)
const keys = deriveKeys(master)
const bytesOf = (key: KeyObject) =>
  key.type === 'secret' ? key.export() : key.export({ format: 'der', type: 'pkcs8' })

describe('keys of one master', () => {
  test('are the same in every process that knows it', () => {
    const again = deriveKeys(Buffer.from(master))
    expect([again.signing.kid, again.signing.x]).toEqual([keys.signing.kid, keys.signing.x])
    expect(again.signing.privateKey.equals(keys.signing.privateKey)).toBe(true)
    expect(again.refresh.equals(keys.refresh)).toBe(true)
    expect(again.device.equals(keys.device)).toBe(true)
  })

  test('have nothing in common with each other, with the master, or with those of another one', () => {
    const others = deriveKeys(chance('another master key')(32))
    const all = [keys, others].flatMap(({ signing, refresh, device }) => [
      signing.privateKey.export({ format: 'jwk' }).d,
      refresh.export().toString('base64url'),
      device.export().toString('base64url'),
    ])
    expect(new Set([...all, Buffer.from(master).toString('base64url')]).size).toBe(7)
  })

  test('are derived by HKDF, so that another implementation comes to the same', () => {
    const expected = Buffer.from(hkdfSync('sha256', master, '', 'pulse refresh token 1', 32))
    expect(keys.refresh.equals(createSecretKey(expected))).toBe(true)
  })

  test('all of a longer master counts', () => {
    const longer = Buffer.concat([master, Buffer.from('x')])
    expect(deriveKeys(longer).signing.x).not.toBe(keys.signing.x)
  })

  test('a master of less than 32 bytes is a mistake of the programmer', () => {
    expect(() => deriveKeys(new Uint8Array(31))).toThrow(TypeError)
    expect(() => macOf(new Uint8Array(31), 'text')).toThrow(TypeError)
    expect(() => macOf(createSecretKey(new Uint8Array(31)), 'text')).toThrow(TypeError)
  })
})

describe('SEC-7 the key that signs', () => {
  test('is an Ed25519 key with its public half beside it', () => {
    expect(keys.signing.privateKey.asymmetricKeyType).toBe('ed25519')
    expect(createPublicKey(keys.signing.privateKey).export({ format: 'jwk' }).x).toBe(keys.signing.x)
    expect(keys.signing.x).toMatch(/^[\w-]{43}$/)
  })

  test('has an id that a verifier takes, and that follows from the public half', () => {
    expect(keys.signing.kid).toMatch(/^[\w-]{22}$/)
    expect(deriveKeys(chance('another master key')(32)).signing.kid).not.toBe(keys.signing.kid)
  })
})

describe('SEC-11 SEC-44 nothing of a private key is ever shown', () => {
  const canaries = [Buffer.from(master), ...[keys.signing.privateKey, keys.refresh, keys.device].map(bytesOf)].flatMap(
    bytes => {
      const secret = bytes.subarray(-32)
      return [
        secret.toString('hex'),
        secret.toString('base64url').slice(0, 40),
        secret.toString('base64').slice(0, 40),
        secret.toJSON().data.join(','),
        secret.toString('hex').replace(/../g, '$& ').trim(),
        [...secret.subarray(0, 6)].join(', '),
      ]
    },
  )

  test.each<[string, (value: unknown) => string]>([
    ['inspect', value => inspect(value, { depth: 9 })],
    [
      'inspect with hidden fields',
      value => inspect(value, { depth: 9, showHidden: true, customInspect: false, getters: true }),
    ],
    ['JSON', value => JSON.stringify(value)],
    ['JSON of its fields', value => JSON.stringify(Object.entries(value as object))],
    ['a template string', value => `${value} ${Object.values(value as object).join()}`],
  ])('%s', (_, print) => {
    for (const value of [keys, keys.signing, { ...keys }, keys.refresh, keys.signing.privateKey]) {
      const shown = print(value).replace(/\s+/g, ' ')
      expect(canaries.filter(canary => shown.includes(canary))).toEqual([])
    }
  })

  test('these would be seen in bytes', () => {
    const seen = (value: unknown, print: (value: unknown) => string) =>
      canaries.some(canary => print(value).replace(/\s+/g, ' ').includes(canary))
    const bytes = keys.refresh.export()
    expect(seen(bytes.toString('hex'), String)).toBe(true)
    expect(seen(bytes, JSON.stringify)).toBe(true)
    expect(seen(new Uint8Array(bytes), inspect)).toBe(true)
    expect(seen(bytes, inspect)).toBe(true)
  })
})
