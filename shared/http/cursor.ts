import { createHmac, timingSafeEqual } from 'node:crypto'
import { PulseError } from '../core/errors.ts'

/** Turns a store's place in a list into something that callers can only give back (SEC-20). */
export interface Cursors {
  /** @param scope whose list it is, and of which query */
  seal(place: string, scope: string): string
  /** @throws PulseError `malformed` for a cursor that was changed, or belongs to somebody or something else */
  open(cursor: string, scope: string): string
}

const MAC_BYTES = 16

/** @param key secret, at least 32 bytes */
export function createCursors(key: Uint8Array): Cursors {
  if (key.length < 32) throw new TypeError('the key for cursors has less than 32 bytes')

  function mac(place: Buffer, scope: string): Buffer {
    const scopeBytes = Buffer.from(scope)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(scopeBytes.length)
    return createHmac('sha256', key).update(length).update(scopeBytes).update(place).digest().subarray(0, MAC_BYTES)
  }

  return {
    seal(place, scope) {
      const bytes = Buffer.from(place)
      return Buffer.concat([mac(bytes, scope), bytes]).toString('base64url')
    },
    open(cursor, scope) {
      const bytes = Buffer.from(cursor, 'base64url')
      const place = bytes.subarray(MAC_BYTES)
      // Decoding is lenient: another spelling of the same bytes is no cursor of ours.
      const intact = bytes.length > MAC_BYTES && bytes.toString('base64url') === cursor
      if (intact && timingSafeEqual(bytes.subarray(0, MAC_BYTES), mac(place, scope))) return place.toString()
      const detail = 'is no cursor of this list; start again without one'
      throw new PulseError('malformed', `cursor: ${detail}`, { errors: [{ pointer: 'cursor', detail }] })
    },
  }
}
