import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/** Shorter texts do not get smaller. */
const WORTH_TRYING_BYTES = 64

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

/** A text as the bytes of its compressed form, or as it is where that is not longer. It is never taken apart (H8). */
export function encodeText(text: string): AttributeValue {
  return text.length < WORTH_TRYING_BYTES ? { S: text } : shorter(text, deflateRawSync(text))
}

export function decodeText(value: AttributeValue): string {
  return value.B === undefined ? String(value.S) : inflateRawSync(value.B).toString()
}

/** As `encodeText`, off the event loop: for texts that lie beside the row because they are long. */
export async function encodeLongText(text: string): Promise<AttributeValue> {
  return text.length < WORTH_TRYING_BYTES ? { S: text } : shorter(text, await deflate(text))
}

export async function decodeLongText(value: AttributeValue): Promise<string> {
  return value.B === undefined ? String(value.S) : (await inflate(value.B)).toString()
}

function shorter(text: string, compressed: Uint8Array): AttributeValue {
  return compressed.length < Buffer.byteLength(text) ? { B: compressed } : { S: text }
}
