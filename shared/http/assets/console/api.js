import { isSet, set } from './storage.js'

/** Where the API lies: two folders above the script, also below a stage. */
const ROOT = new URL('../../', import.meta.url)
/** Longer than a gateway waits for its function. */
const LONGEST_MS = 60_000

/** An answer that says no: a problem document, or what a gateway in front of Pulse says. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} detail
   * @param {readonly { pointer: string, detail: string }[]} errors
   * @param {number} waitMs how long to wait before the next request
   */
  constructor(status, title, detail, errors = [], waitMs = 0) {
    super(`${title}: ${detail}`)
    this.status = status
    this.detail = detail
    this.waitMs = waitMs
    /** Fields that the detail does not tell of already. */
    this.errors = errors.filter(each => !detail.includes(each.detail))
  }
}

/** No answer came: nobody knows whether the request arrived. */
export class Unanswered extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super('No answer: the server cannot be reached.', { cause })
  }
}

/**
 * An address of the API, for links.
 * @param {string} path
 */
export function address(path) {
  return new URL(`api/v1/${path}`, ROOT).href
}

/** @param {string} taskId */
export function taskAddress(taskId) {
  return address(`tasks/${encodeURIComponent(taskId)}`)
}

/**
 * Asks the API. A session that has to be renewed is renewed first.
 * @param {string} method
 * @param {string} path
 * @param {{ body?: unknown, headers?: Readonly<Record<string, string>> }} [options]
 * @returns {Promise<{ body: any, at: Date }>} with the time at which the server answered; the schemas of the routes say what
 * @throws {Refused | Unanswered}
 */
export async function ask(method, path, options) {
  let response = await send(method, path, options)
  if (response.status === 401 && isSet('pulse.session') && (await renewed()))
    response = await send(method, path, options)
  if (!response.ok) throw await refusalOf(response)
  return { body: await bodyOf(response), at: new Date(response.headers.get('date') ?? Date.now()) }
}

/** One at a time: a refresh token is good for one exchange. @type {Promise<boolean> | undefined} */
let renewing

function renewed() {
  renewing ??= renew().finally(() => {
    renewing = undefined
  })
  return renewing
}

async function renew() {
  const { ok, status } = await send('POST', 'auth/refresh')
  // Any other answer says nothing about the session.
  if (status === 400 || status === 401) set('pulse.session', false)
  return ok
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ body?: unknown, headers?: Readonly<Record<string, string>> }} [options]
 */
async function send(method, path, { body, headers } = {}) {
  try {
    return await fetch(address(path), {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(LONGEST_MS),
    })
  } catch (error) {
    throw new Unanswered(error)
  }
}

/** @param {Response} response */
async function bodyOf(response) {
  try {
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    throw new Unanswered(error)
  }
}

/** @param {Response} response */
async function refusalOf(response) {
  const { status, headers } = response
  const waitMs = Number(headers.get('retry-after') ?? 0) * 1_000
  if (headers.get('content-type') === 'application/problem+json') {
    const { title, detail, errors } = await bodyOf(response)
    return new Refused(status, title, detail, errors, waitMs)
  }
  const words =
    status === 403
      ? 'the gateway lets nobody in whose requests are not signed for AWS (apiAuth: iam). Use the command line or a proxy that signs'
      : 'this is not an answer of Pulse but of a gateway in front of it'
  return new Refused(status, `The answer is ${status}`, words, [], waitMs)
}
