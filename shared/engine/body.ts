import { PulseError } from '../core/errors.ts'
import type { Body } from '../core/task.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { Entropy } from '../ports/clock.ts'

/** Longest payload or result, in UTF-8 bytes of its JSON text. */
export const BODY_BYTES = 256 * 1_024

/** Puts a text where it belongs: into the row, or beside it *before* the row is written (H7). */
export function placeBody(
  text: string | undefined,
  task: string,
  blobs: BlobStore,
  entropy: Entropy,
): Body | Promise<Body> {
  if (text === undefined) return {}
  // A UTF-16 unit takes at most three bytes, so most texts need not be measured.
  if (text.length * 3 <= blobs.inlineBytes || Buffer.byteLength(text) <= blobs.inlineBytes) return { text }
  return placeBeside(text, task, blobs, entropy)
}

async function placeBeside(text: string, task: string, blobs: BlobStore, entropy: Entropy): Promise<Body> {
  const at = entropy.id()
  await blobs.put(task, at, text)
  return { at }
}

/** @throws Error when the row points at a text that is gone, which would be a loss and must not look like an absent payload */
export async function loadBody(body: Body, task: string, blobs: BlobStore): Promise<string | undefined> {
  if (body.at === undefined) return body.text
  const text = await blobs.get(task, body.at)
  if (text === undefined) throw new Error(`the stored body ${body.at} of task ${task} is missing`)
  return text
}

/**
 * The JSON text of a payload as it will be stored.
 * @throws PulseError when it is too long, or is not JSON
 */
export function payloadText(payload: unknown): string | undefined {
  if (payload === undefined) return undefined
  const text = JSON.stringify(payload) as string | undefined
  if (text === undefined) throw invalidPayload('the payload must be JSON: a value that JSON.stringify can write')
  if (text.length * 3 > BODY_BYTES && Buffer.byteLength(text) > BODY_BYTES) {
    throw invalidPayload(
      `the payload must be at most ${BODY_BYTES} bytes of JSON: store what is larger elsewhere and send its address`,
    )
  }
  return text
}

function invalidPayload(detail: string): PulseError {
  return new PulseError('invalid', detail, { errors: [{ pointer: '/payload', detail }] })
}
