import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { addressRefusal } from '../../tasks/guards/addresses.ts'

/** First and last address of each range, from the IANA registries. */
const refused: Readonly<Record<string, readonly string[]>> = {
  'this host': ['0.0.0.0', '0.255.255.255'],
  loopback: ['127.0.0.1', '127.255.255.255', '::1'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'private, IPv6': ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fd00:ec2::254'],
  'shared address space': ['100.64.0.0', '100.127.255.255', '100.100.100.200'],
  'link-local': ['169.254.0.0', '169.254.169.254', '169.254.255.255', 'fe80::', 'febf::1'],
  metadata: ['168.63.129.16'],
  protocols: ['192.0.0.0', '192.0.0.255', '192.88.99.1', '192.52.193.9', '2001::', '2001:1ff:ffff::'],
  documentation: ['192.0.2.7', '198.51.100.7', '203.0.113.7', '2001:db8::1', '3fff:fff::'],
  benchmarks: ['198.18.0.0', '198.19.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  reserved: ['240.0.0.0', '255.255.255.255'],
  'IPv4 in disguise': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::ffff:0:7f00:1',
    '::7f00:1',
    '::8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
  ],
  'not routed': ['::', '100::1', '1fff:ffff::', '4000::', '5f00::1', 'fec0::1'],
  'no plain address': [
    'fe80::1%lo',
    '2606:4700::1111%eth0',
    '0177.0.0.1',
    '127.1',
    'localhost',
    '',
    '[::1]',
    '::1/128',
  ],
}

describe('SEC-36 an address that is not of the public internet is refused', () => {
  for (const [what, addresses] of Object.entries(refused)) {
    test.each(addresses)(`${what}: %s`, address => expect(addressRefusal(address)).toBeTypeOf('string'))
  }
  test('also each address of this machine', () => {
    const own = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
    expect(own.length).toBeGreaterThan(0)
    for (const { address } of own) expect(addressRefusal(address)).toBeTypeOf('string')
  })
})

describe('SEC-36 the neighbours of those ranges are public', () => {
  test.each([
    '1.0.0.0',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '168.63.129.15',
    '168.63.129.17',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '8.8.8.8',
    '2000::1',
    '2001:200::',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '3ffe:ffff::1',
  ])('%s', address => expect(addressRefusal(address)).toBeUndefined())
})
