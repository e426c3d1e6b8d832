import { expect, test, vi } from 'vitest'
import { addressRefusal } from '../../tasks/guards/addresses.ts'

vi.mock('node:os', () => {
  const more = { netmask: '', mac: '', internal: false, cidr: null }
  return {
    networkInterfaces: () => ({
      eth0: [
        { ...more, family: 'IPv4', address: '8.8.4.4' },
        { ...more, family: 'IPv6', address: '2606:4700::4', scopeid: 0 },
      ],
      gone: undefined,
    }),
  }
})

test('SEC-36 a public address that is this machine itself is refused, however it is written', () => {
  for (const address of ['8.8.4.4', '2606:4700::4', '2606:4700:0::0:4']) {
    expect(addressRefusal(address)).toBe('of this machine itself')
  }
  for (const address of ['8.8.4.5', '2606:4700::5']) expect(addressRefusal(address)).toBeUndefined()
})
