import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Target } from './network-access.ts'

/**
 * Sends one GET to the addresses that were checked and to no other: the name is not resolved again, redirects are not
 * followed and no proxy of the environment is used. Host header and TLS name stay those of the URL.
 * @returns the answer's head; its body is still to be read
 */
export function pinnedGet({ url, hostname, addresses }: Target, signal: AbortSignal): Promise<IncomingMessage> {
  const pinned: LookupFunction = (_hostname, options, callback) => {
    if (options.all) callback(null, [...addresses])
    else callback(null, addresses[0].address, addresses[0].family)
  }
  const options = {
    host: hostname,
    port: url.port,
    path: url.pathname + url.search,
    lookup: pinned,
    signal,
    // identity: the bytes as they are, so that no small answer unpacks into a large one.
    headers: { host: url.host, accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'pulse-fetch-url' },
  }
  return new Promise((resolve, reject) => {
    // An agent of its own: the global one obeys proxy variables under NODE_USE_ENV_PROXY, and could hand out a
    // kept-alive socket.
    const sent =
      url.protocol === 'https:'
        ? httpsRequest({ ...options, servername: tlsName(hostname), agent: new HttpsAgent() })
        : httpRequest({ ...options, agent: new HttpAgent() })
    sent.once('response', resolve)
    sent.on('error', reject)
    sent.end()
  })
}

/** RFC 6066: no addresses, no dot at the end. */
function tlsName(hostname: string): string {
  return isIP(hostname) ? '' : hostname.replace(/\.$/, '')
}
