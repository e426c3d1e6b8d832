import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import * as z from 'zod'
import { defineTask } from '../shared/core/definition.ts'
import { checkTarget, networkAccess } from './guards/network-access.ts'
import { pinnedGet } from './guards/pinned-get.ts'
import { discardRefused, Refused } from './guards/refused.ts'

const BODY_LIMIT_BYTES = 1_048_576
const TIME_LIMIT_MS = 8_000

/**
 * Fetches a URL once and tells what came: status, content type, size and SHA-256 of the body. Any HTTP status is an
 * answer; no answer is a failed attempt. Redirects are not followed: the result says where one pointed.
 */
export const fetchUrl = defineTask({
  name: 'fetch-url',
  input: z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(2_048) }),
  retry: { maxAttempts: 3 },
  timeout: '15s',
  run: ({ url }, context) => discardRefused(fetchOnce(url, context.signal)),
})

/** @throws Refused when the URL is out of bounds, Error when no whole answer came */
export async function fetchOnce(text: string, stop: AbortSignal, timeLimitMs = TIME_LIMIT_MS) {
  const tooLate = AbortSignal.timeout(timeLimitMs)
  const signal = AbortSignal.any([stop, tooLate])
  try {
    const target = await orAbort(checkTarget(text, networkAccess(process.env)), signal)
    const answer = await pinnedGet(target, signal)
    return {
      url: target.url.href,
      status: answer.statusCode ?? 0,
      contentType: answer.headers['content-type']?.slice(0, 200) ?? null,
      redirectsTo: redirectTarget(answer, target.url),
      ...(await digest(answer)),
    }
  } catch (error) {
    if (tooLate.aborted && !stop.aborted) throw new Error(`no whole answer within ${timeLimitMs} ms`, { cause: error })
    throw error
  }
}

async function digest(answer: IncomingMessage): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > BODY_LIMIT_BYTES)
        throw new Refused(`the answer is larger than ${BODY_LIMIT_BYTES} bytes, the most this task reads`)
      hash.update(chunk)
    }
  } finally {
    answer.destroy()
  }
  return { bytes, sha256: hash.digest('hex') }
}

function redirectTarget(answer: IncomingMessage, from: URL): string | null {
  const { location } = answer.headers
  return location === undefined ? null : (URL.parse(location, from.href)?.href.slice(0, 2_048) ?? null)
}

/** A name's resolution cannot be stopped, but nobody has to wait for it. */
async function orAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  return await new Promise<Value>((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
