import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4 } from 'node:net'
import { PulseError } from '../core/errors.ts'

/** Whether only this machine reaches an address that a server listens on. */
export function isLoopbackAddress(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  if (name === 'localhost' || name === '::1') return true
  const mapped = name.startsWith('::ffff:') ? name.slice(7) : name
  return isIPv4(mapped) && mapped.startsWith('127.')
}

/** What node:http lets pass though no function could make sense of it. */
export function refuseMalformed(url: string, rawHeaders: readonly string[]): PulseError | undefined {
  if (!url.startsWith('/')) return new PulseError('malformed', 'the request target must be a path')
  const hosts = countHosts(rawHeaders)
  if (hosts === 1) return undefined
  return new PulseError('malformed', hosts === 0 ? 'the Host header is missing' : 'the Host header is given twice')
}

/** node:http keeps the first of several; a proxy in front of it may have believed the last (RFC 9112 §3.2: 400). */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}

/** A loopback server needs no credentials, so a page from elsewhere in the user's browser must not reach it. */
export function refuseForeign(method: string, headers: IncomingHttpHeaders): PulseError | undefined {
  const host = headers.host?.toLowerCase()
  // DNS rebinding: the name of a foreign site may point here.
  if (host === undefined || !isLoopbackAuthority(host)) {
    return refused('the Host header must name this machine: localhost, 127.0.0.1 or [::1]')
  }
  if (method === 'GET' || method === 'HEAD') return undefined
  const { origin } = headers
  if (origin !== undefined && origin.toLowerCase().replace(/^https?:\/\//, '') !== host) {
    return refused('requests from pages of another origin are not taken')
  }
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return refused('requests from pages of another site are not taken')
  }
  return undefined
}

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/

function isLoopbackAuthority(authority: string): boolean {
  const name = AUTHORITY.exec(authority)?.[1]
  return name !== undefined && (isLoopbackAddress(name) || name.endsWith('.localhost'))
}

function refused(detail: string): PulseError {
  return new PulseError('forbidden', detail)
}
