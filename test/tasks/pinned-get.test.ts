import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { checkTarget } from '../../tasks/guards/network-access.ts'
import { pinnedGet } from '../../tasks/guards/pinned-get.ts'
import { serve } from './serve.ts'

describe('SEC-36 the connection goes to the address that was checked', () => {
  /** Answers one address the first time and another one afterwards. */
  function rebinding(first: string, then: string) {
    let asked = 0
    const resolve = async () => [{ address: asked++ === 0 ? first : then, family: 4 }]
    return { resolve, asked: () => asked }
  }

  // macOS has no second loopback address.
  test.skipIf(process.platform === 'darwin')(
    'a name that is bound anew after the check gets nobody anywhere else',
    async () => {
      const port = await serve(
        (request, response) => void response.end(`checked, as ${request.headers.host}`),
        '127.0.0.1',
      )
      await serve((_request, response) => void response.end('inside'), '127.0.0.2', port)
      const names = rebinding('127.0.0.1', '127.0.0.2')
      const refusal = (address: string) => (address === '127.0.0.1' ? undefined : 'inside')
      const target = await checkTarget(`http://rebinding.test:${port}/`, { resolve: names.resolve, refusal })
      const answer = await pinnedGet(target, AbortSignal.timeout(5_000))
      expect(Buffer.concat(await answer.toArray()).toString()).toBe(`checked, as rebinding.test:${port}`)
      expect(names.asked()).toBe(1)
    },
  )

  test('of several addresses, all checked, the next is tried when one does not answer', async () => {
    const port = await serve((_request, response) => void response.end('second'))
    const resolve = async () => ['127.0.0.3', '127.0.0.1'].map(address => ({ address, family: 4 }))
    const target = await checkTarget(`http://two.test:${port}/`, { resolve, refusal: () => undefined })
    const answer = await pinnedGet(target, AbortSignal.timeout(5_000))
    expect(Buffer.concat(await answer.toArray()).toString()).toBe('second')
  })

  test.each([
    ['secure.test', true],
    ['secure.test.', true],
    ['127.0.0.1', false],
  ])('over TLS the server is asked for %s by name, not by address', async (hostname, named) => {
    const greeting = Promise.withResolvers<Buffer>()
    const server = createTcpServer(socket => {
      socket.on('error', () => undefined)
      socket.once('data', bytes => {
        greeting.resolve(bytes)
        socket.destroy()
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const target = await checkTarget(`https://${hostname}:${port}/`, { resolve, refusal: () => undefined })
    await expect(pinnedGet(target, AbortSignal.timeout(5_000))).rejects.toThrow()
    const text = (await greeting.promise).toString('latin1')
    expect(text.includes('\u0000\u000bsecure.test') && !text.includes('secure.test.')).toBe(named)
    expect(text.includes('127.0.0.1')).toBe(false)
    server.close()
  })
})
