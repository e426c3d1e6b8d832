import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { openAwsStore } from '../helpers/aws-store.ts'
import { itemBytes } from '../helpers/item-size.ts'

/** What one write unit pays for. */
const UNIT_BYTES = 1_024

/** JSON of 1 KB that compresses to 600 bytes: half of it is noise. */
function payload(): { readonly noise: string; readonly words: string } {
  const digest = (part: number) => createHash('sha512').update(`part ${part}`).digest('base64')
  const noise = (length: number) =>
    Array.from({ length: 12 }, (_, part) => digest(part))
      .join('')
      .slice(0, length)
  for (let length = 400; length < 1_000; length += 4) {
    const rest = 1_024 - length - JSON.stringify({ noise: '', words: '' }).length
    const made = { noise: noise(length), words: 'the same words again; '.repeat(60).slice(0, rest) }
    if (deflateRawSync(JSON.stringify(made)).length >= 600) return made
  }
  throw new Error('the noise is not noisy enough')
}

test('a row stays within one write unit from its put to its end, with a payload of 1 KB that compresses to 600 bytes', async () => {
  const sizes: Record<string, number> = {}
  const measure = async (id: string, when: string) => {
    const item = await store.item(id)
    sizes[when] = itemBytes(item ?? {})
  }
  const sendEmail = defineTask({
    name: 'send-email',
    async run(_, { id }) {
      await measure(id, 'claimed')
      return { messageId: '0102018f3b5c7a9e-4f6d2c1b' }
    },
  })
  const store = await openAwsStore([sendEmail])
  const given = payload()
  expect(Buffer.byteLength(JSON.stringify(given))).toBe(1_024)
  expect(deflateRawSync(JSON.stringify(given)).length).toBeLessThan(610)

  // As the client library sends it: with an Idempotency-Key, of which the row keeps the fingerprint.
  const task = await store.submit({ payload: given }, '01890a5d-ac96-774b-bcce-b302099a8057')
  await measure(task.id, 'put')
  expect(await store.handle(task)).toBe('ack')
  await measure(task.id, 'settled')

  expect(await store.backend.tasks.read(task.id)).toMatchObject({ state: 'COMPLETED', fingerprint: expect.any(String) })
  expect(sizes).toEqual({ put: expect.any(Number), claimed: expect.any(Number), settled: expect.any(Number) })
  for (const [when, bytes] of Object.entries(sizes)) expect(bytes, when).toBeLessThanOrEqual(UNIT_BYTES)
  // Room for an owner's name, a tag or a short title.
  expect(Math.max(...Object.values(sizes))).toBeLessThanOrEqual(UNIT_BYTES - 64)
})

test('a claim does not move a row in the indexes of lists, and neither does its end: those are written once', async () => {
  const quiet = defineTask({ name: 'quiet', run: () => null })
  const store = await openAwsStore([quiet])
  const task = await store.submit()
  const keys = async () => {
    const { pk, sk, o, n, c, dp, ds } = (await store.item(task.id)) ?? {}
    return { pk, sk, o, n, c, dp, ds }
  }
  const before = await keys()
  await store.handle(task)
  expect(await keys()).toEqual(before)
  expect(before).toMatchObject({ dp: undefined, ds: undefined })
})
