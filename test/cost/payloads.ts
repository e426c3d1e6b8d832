import { createHash } from 'node:crypto'

/** The payload that the budget is about, in bytes of JSON. */
const PAYLOAD_BYTES = 1_024

/** The same characters in every run, as random as any. */
function noise(length: number): string {
  let text = ''
  for (let block = 0; text.length < length; block++)
    text += createHash('sha256').update(`block ${block}`).digest('base64url')
  return text.slice(0, length)
}

const WORDS = 'order paid for by invoice ship to the customer named above before noon or call back and confirm '

/** 1 KB of JSON that gets smaller by as much as documents do: 600 bytes are left. */
export const document = padded({ ids: noise(617), text: '' }, WORDS.repeat(10))

/** 1 KB of JSON that gets no smaller than chance allows, such as keys or ciphertext. */
export const random = padded({ bytes: '' }, noise(PAYLOAD_BYTES))

/** A body that is too large for the row. */
export function large(bytes: number): unknown {
  return { bytes: noise(bytes - '{"bytes":""}'.length) }
}

/** Fills the last field up to the size. */
function padded(fields: Readonly<Record<string, string>>, filling: string): Readonly<Record<string, string>> {
  const last = Object.keys(fields).at(-1) ?? ''
  return { ...fields, [last]: filling.slice(0, PAYLOAD_BYTES - JSON.stringify(fields).length) }
}
