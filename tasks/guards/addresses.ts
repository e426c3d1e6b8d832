import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * What is not the public internet, with the reason given to the caller. From the IANA special-purpose address
 * registries (RFC 6890 and its updates), plus the addresses on which clouds serve credentials.
 */
const ipv4Ranges: Readonly<Record<string, readonly string[]>> = {
  'this host': ['0.0.0.0/8'],
  loopback: ['127.0.0.0/8'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  'shared address space': ['100.64.0.0/10'],
  'link-local, where clouds serve metadata': ['169.254.0.0/16'],
  'a metadata service': ['168.63.129.16/32'],
  'reserved for protocols': ['192.0.0.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  'reserved for documentation': ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  'reserved for benchmarks': ['198.18.0.0/15'],
  multicast: ['224.0.0.0/4'],
  reserved: ['240.0.0.0/4'],
}

/** Only 2000::/3 is routed on the internet; what is named here beside it has a reason of its own. */
const ipv6Ranges: Readonly<Record<string, readonly string[]>> = {
  loopback: ['::1/128'],
  'an IPv4 address in disguise': [
    '::/96',
    '::ffff:0:0/96',
    '::ffff:0:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '2002::/16',
    '2001::/32',
  ],
  private: ['fc00::/7'],
  'link-local': ['fe80::/10'],
  multicast: ['ff00::/8'],
  'reserved for documentation': ['2001:db8::/32', '3fff::/20'],
  'reserved for protocols': ['2001::/23'],
}

// One list per family: BlockList finds an IPv4 address in ::ffff:0:0/96 and the other way round.
const refusals = { ipv4: blockLists(ipv4Ranges, 'ipv4'), ipv6: blockLists(ipv6Ranges, 'ipv6') }

const routed = new BlockList()
routed.addSubnet('2000::', 3, 'ipv6')

/** Why no request may go to this address, or undefined when it is a public one of another machine. */
export function addressRefusal(address: string): string | undefined {
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return 'no plain IP address'
  const family: Family = version === 4 ? 'ipv4' : 'ipv6'
  for (const [why, ranges] of refusals[family]) if (ranges.check(address, family)) return why
  if (family === 'ipv6' && !routed.check(address, family)) return 'not routed on the internet'
  // A public address of our own may serve more to us than to strangers.
  return ownAddresses().check(address, family) ? 'of this machine itself' : undefined
}

type Family = 'ipv4' | 'ipv6'

function blockLists(
  rangesOf: Readonly<Record<string, readonly string[]>>,
  family: Family,
): [why: string, ranges: BlockList][] {
  return Object.entries(rangesOf).map(([why, ranges]) => {
    const list = new BlockList()
    for (const range of ranges) {
      const slash = range.indexOf('/')
      list.addSubnet(range.slice(0, slash), Number(range.slice(slash + 1)), family)
    }
    return [why, list]
  })
}

function ownAddresses(): BlockList {
  const own = new BlockList()
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family } of addresses ?? []) own.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6')
  }
  return own
}
