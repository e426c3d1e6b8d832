import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newDevice, readDevice } from '../../shared/identity/device.ts'
import { deriveKeys } from '../../shared/identity/keys.ts'
import { chance } from '../helpers/chance.ts'

const key = chance('a device key')(32)
const oldKey = chance('the device key before')(32)
const user = 'user_01K8M4RT2VZ6XBQW9D3H7NYPJC'
const otherUser = 'user_01K8M4RT2VZ6XBQW9D3H7NYPJD'
const value = newDevice(key, user, chance('a browser'))

describe('SEC-5 a known device', () => {
  test('has a name of 16 random bytes, and a MAC that binds it to its user', () => {
    const name = Buffer.from(chance('a browser')(16)).toString('base64url')
    expect(value).toBe(`${name}.${createHmac('sha256', key).update(`${user}|${name}`).digest('base64url')}`)
    expect(readDevice([key], user, value)).toBe(name)
  })

  test('is unknown to every other account: a cookie that was bought counts for nothing', () => {
    expect(readDevice([key], otherUser, value)).toBeUndefined()
  })

  test('is known by an earlier key too, and by no foreign one', () => {
    const old = newDevice(oldKey, user, chance('an older browser'))
    expect(readDevice([key, oldKey], user, old)).toBeDefined()
    expect(readDevice([key], user, old)).toBeUndefined()
    expect(readDevice([], user, value)).toBeUndefined()
  })

  test('by keys as they are derived', () => {
    const { device, refresh } = deriveKeys(chance('a master')(32))
    const made = newDevice(device, user, chance('a third browser'))
    expect(readDevice([device], user, made)).toBeDefined()
    expect(readDevice([refresh], user, made)).toBeUndefined()
  })

  test('is made for a user, with enough chance', () => {
    expect(() => newDevice(key, 'somebody', chance('x'))).toThrow(TypeError)
    expect(() => newDevice(key, user, () => new Uint8Array(8))).toThrow(TypeError)
  })

  test.each<[string, string | undefined]>([
    ['none', undefined],
    ['nothing', ''],
    ['a name alone', value.slice(0, 22)],
    ['no MAC', value.slice(0, 23)],
    ['a MAC alone', value.slice(22)],
    ['a short MAC', value.slice(0, -1)],
    ['padding', `${value}=`],
    ['a line break', `${value}\n`],
    ['quotes, as cookies may have', `"${value}"`],
    ['another separator', value.replace('.', '|')],
    ['a name of another length', value.slice(1)],
    ['1 MB', value.padEnd(1_048_576, 'A')],
  ])('not by %s', (_, text) => {
    expect(readDevice([key], user, text)).toBeUndefined()
  })

  test('not with any one character changed', () => {
    const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.')
    fc.assert(
      fc.property(fc.nat({ max: value.length - 1 }), character, (place, other) => {
        fc.pre(value[place] !== other)
        expect(readDevice([key], user, value.slice(0, place) + other + value.slice(place + 1))).toBeUndefined()
      }),
    )
  })
})
