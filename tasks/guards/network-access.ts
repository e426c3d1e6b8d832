import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { addressRefusal } from './addresses.ts'
import { Refused } from './refused.ts'

/** Where handlers may send requests. */
export interface NetworkAccess {
  /** Why an address is out of bounds, or undefined when it is not. */
  readonly refusal: (address: string) => string | undefined
  /** Absent: any. */
  readonly ports?: ReadonlySet<number>
  /** All addresses of a name. Asked once per request: a second answer could be another one (DNS rebinding). */
  readonly resolve: (hostname: string) => Promise<readonly LookupAddress[]>
}

/** A place that was checked, and the only addresses to which its request may go. */
export interface Target {
  readonly url: URL
  /** Name or address, without brackets. */
  readonly hostname: string
  readonly addresses: readonly [LookupAddress, ...LookupAddress[]]
}

const LONGEST_URL = 2_048
/** Web servers; other ports would let a caller talk to mail or database servers in HTTP's clothes. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443])

const resolveAll = (hostname: string) => lookup(hostname, { all: true })
const publicOnly: NetworkAccess = { refusal: addressRefusal, ports: WEB_PORTS, resolve: resolveAll }
const anywhere: NetworkAccess = { refusal: () => undefined, resolve: resolveAll }

/**
 * The setting: PULSE_FETCH_PRIVATE=allow opens every address and port; otherwise only the public internet is reached.
 */
export function networkAccess(env: Readonly<Record<string, string | undefined>>): NetworkAccess {
  return env.PULSE_FETCH_PRIVATE === 'allow' ? anywhere : publicOnly
}

/**
 * Checks where a URL leads, by the addresses that will be used and not by how they are written.
 * @throws Refused when the URL or any of its addresses is out of bounds
 * @throws Error when the name cannot be resolved now
 */
export async function checkTarget(text: string, access: NetworkAccess): Promise<Target> {
  const url = parse(text)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (access.ports && !access.ports.has(port)) {
    throw new Refused(`port ${port} is not allowed: use one of ${[...access.ports].join(', ')}${remedy}`)
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(hostname) ? [{ address: hostname, family: isIP(hostname) }] : await access.resolve(hostname)
  for (const { address } of addresses) {
    const why = access.refusal(address)
    if (why === undefined) continue
    const what = address === hostname ? address : `${hostname} leads to ${address}, which`
    throw new Refused(`${what} is ${why}: only public addresses are allowed${remedy}`)
  }
  const [first, ...rest] = addresses
  if (first === undefined) throw new Error(`${hostname} has no address`)
  return { url, hostname, addresses: [first, ...rest] }
}

const remedy = ' (the operator can allow others with PULSE_FETCH_PRIVATE=allow)'

function parse(text: string): URL {
  const url = text.length <= LONGEST_URL ? URL.parse(text) : null
  if (url === null)
    throw new Refused(`this is no URL of at most ${LONGEST_URL} characters: write it like https://example.com/path`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Refused(`"${url.protocol}" is not allowed: use http: or https:`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new Refused('a URL with a user name or password is not allowed: take the part before the @ away')
  }
  return url
}
