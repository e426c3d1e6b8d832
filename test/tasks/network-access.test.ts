import { describe, expect, test } from 'vitest'
import { checkTarget, type NetworkAccess, networkAccess } from '../../tasks/guards/network-access.ts'
import { Refused } from '../../tasks/guards/refused.ts'

/** The product's own policy, with names that resolve without a network. */
function guarded(names: Readonly<Record<string, readonly string[]>> = {}): NetworkAccess {
  return {
    ...networkAccess({}),
    resolve: async hostname =>
      (names[hostname] ?? []).map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
  }
}

const names = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'foo.localhost': ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'metadata.google.internal.': ['169.254.169.254'],
  'instance-data.ec2.internal': ['169.254.169.254'],
  '127.0.0.1.nip.test': ['127.0.0.1'],
  'one-of-two.test': ['93.184.215.14', '10.0.0.7'],
  'mapped.test': ['::ffff:10.0.0.7'],
  'scoped.test': ['fe80::1%eth0'],
  'intranet.test': ['192.168.7.7'],
  'public.test': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'xn--mnchen-3ya.test': ['93.184.215.14'],
}

const refused = [
  // Loopback in every spelling that a URL allows.
  'http://127.0.0.1/',
  'http://127.0.0.1./',
  'http://127.1/',
  'http://127.0.1/',
  'http://127.127.127.127/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0x7F.0x0.0x0.0x1/',
  'http://017700000001/',
  'http://0177.0.0.1/',
  'http://0177.1/',
  'http://00000177.00.00.01/',
  'http://①②⑦.⓪.⓪.①/',
  'http://１２７.０.０.１/',
  'http://127。0。0。1/',
  'http://127%2e0%2e0%2e1/',
  'http://%31%32%37.0.0.1/',
  'http:127.0.0.1/',
  'http:\\\\127.0.0.1\\',
  ' http://127.0.0.1/ ',
  'http://127.0.0\n.1/',
  'http:///127.0.0.1/',
  'HTTP://127.0.0.1/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[0000:0000:0000:0000:0000:0000:0000:0001]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[2002:7f00:1::]/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://foo.localhost/',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/',
  'http://loc\u00adalhost/',
  'http://127.0.0.1.nip.test/',
  // Everything else inside.
  'http://0/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://10.0.0.1/',
  'http://167772161/',
  'http://172.16.0.1/',
  'http://192.168.0.1/',
  'http://192.168.257/',
  'http://100.64.0.1/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://4294967295/',
  'http://[fc00::1]/',
  'http://[fe80::1]/',
  'http://[ff02::1]/',
  'http://[2001:db8::1]/',
  'http://intranet.test/',
  'http://mapped.test/',
  'http://scoped.test/',
  'http://one-of-two.test/',
  // Where clouds keep credentials.
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[fd00:ec2::254]/',
  'http://169.254.170.2/v2/credentials',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://metadata.google.internal/',
  'http://metadata.google.internal./',
  'http://instance-data.ec2.internal/',
  // Credentials, ports and schemes.
  'http://user@public.test/',
  'http://user:secret@public.test/',
  'http://:secret@public.test/',
  'http://public.test@127.0.0.1/',
  'http://127.0.0.1#@public.test/',
  'http://public.test:22/',
  'http://public.test:25/',
  'http://public.test:6379/',
  'https://public.test:3306/',
  'file:///etc/passwd',
  'ftp://public.test/',
  'gopher://public.test/',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'unix:/var/run/docker.sock',
  'ws://public.test/',
  // No URLs.
  '',
  'public.test',
  '//public.test/',
  'http://',
  'http://[::1',
  'http://[fe80::1%25eth0]/',
  'http://256.256.256.256/',
  'http://public.test:99999/',
  `http://public.test/${'a'.repeat(2_048)}`,
]

describe('SEC-36 URLs that lead inside are refused', () => {
  test('the corpus has no fewer than 60, each once', () => {
    expect(new Set(refused).size).toBe(refused.length)
    expect(refused.length).toBeGreaterThanOrEqual(60)
  })
  test.each(refused)('%j', async url => {
    await expect(checkTarget(url, guarded(names))).rejects.toBeInstanceOf(Refused)
  })
})

describe('SEC-36 URLs of the public internet pass', () => {
  test.each([
    ['http://public.test/', 'public.test'],
    ['https://public.test:443/a?b=c#d', 'public.test'],
    ['https://public.test:8443/', 'public.test'],
    ['http://public.test:8080/', 'public.test'],
    ['http://München.test/', 'xn--mnchen-3ya.test'],
    ['http://93.184.215.14/', '93.184.215.14'],
    ['http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  ])('%s', async (url, hostname) => {
    const target = await checkTarget(url, guarded(names))
    expect(target.hostname).toBe(hostname)
    expect(target.addresses.length).toBeGreaterThan(0)
  })
})

test('a name without an address may have one later: the attempt fails, the task lives', async () => {
  const error = await checkTarget('http://unknown.test/', guarded(names)).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(error).not.toBeInstanceOf(Refused)
})

test('the refusal says what is wrong and how the operator can allow it', async () => {
  await expect(checkTarget('http://0x7f.1/', guarded())).rejects.toThrow(
    '127.0.0.1 is loopback: only public addresses are allowed ' +
      '(the operator can allow others with PULSE_FETCH_PRIVATE=allow)',
  )
})

describe('PULSE_FETCH_PRIVATE', () => {
  test('only "allow" opens the inside', async () => {
    for (const value of [undefined, '', 'true', '1', 'ALLOW', 'deny']) {
      await expect(
        checkTarget('http://127.0.0.1/', networkAccess({ PULSE_FETCH_PRIVATE: value })),
      ).rejects.toBeInstanceOf(Refused)
    }
    const target = await checkTarget('http://127.0.0.1:6379/', networkAccess({ PULSE_FETCH_PRIVATE: 'allow' }))
    expect(target.addresses).toEqual([{ address: '127.0.0.1', family: 4 }])
  })
  test.each(['file:///etc/passwd', 'http://user@127.0.0.1/'])('but not %s', async url => {
    await expect(checkTarget(url, networkAccess({ PULSE_FETCH_PRIVATE: 'allow' }))).rejects.toBeInstanceOf(Refused)
  })
  test('the real resolver finds localhost, and the guard refuses what it found', async () => {
    await expect(checkTarget('http://localhost/', networkAccess({}))).rejects.toThrow(/which is loopback/)
  })
})
