import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fetchOnce, fetchUrl } from '../../tasks/fetch-url.ts'
import { discardReason, fakeContext } from './context.ts'
import { serve } from './serve.ts'

const run = (url: string, signal = new AbortController().signal) => fetchUrl.run({ url }, fakeContext({ signal }))

describe('with PULSE_FETCH_PRIVATE=allow', () => {
  beforeEach(() => vi.stubEnv('PULSE_FETCH_PRIVATE', 'allow') && undefined)
  afterEach(() => vi.unstubAllEnvs())

  test('tells status, type, size and SHA-256 of what came', async () => {
    const port = await serve((request, response) => {
      expect(request.headers).toMatchObject({
        host: `localhost:${port}`,
        'accept-encoding': 'identity',
        'user-agent': 'pulse-fetch-url',
      })
      expect([request.method, request.url]).toEqual(['GET', '/a?b=c'])
      response.writeHead(203, { 'content-type': 'text/plain; charset=utf-8' }).end('grüße\n')
    })
    expect(await run(`http://localhost:${port}/a?b=c#d`)).toEqual({
      url: `http://localhost:${port}/a?b=c#d`,
      status: 203,
      contentType: 'text/plain; charset=utf-8',
      redirectsTo: null,
      bytes: 8,
      sha256: createHash('sha256').update('grüße\n').digest('hex'),
    })
  })

  test('an error status is an answer too; an answer may have no type and no body', async () => {
    const port = await serve((_request, response) => void response.writeHead(503).end())
    expect(await run(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 503, contentType: null, bytes: 0 })
  })

  test('a redirect is told and not followed', async () => {
    let calls = 0
    const port = await serve((_request, response) => {
      calls++
      response.writeHead(302, { location: '/inside?a=1' }).end('moved')
    })
    expect(await run(`http://127.0.0.1:${port}/`)).toMatchObject({
      status: 302,
      redirectsTo: `http://127.0.0.1:${port}/inside?a=1`,
    })
    expect(calls).toBe(1)
  })

  test('exactly 1 MiB passes; one byte more ends the task at once', async () => {
    const port = await serve(
      (request, response) => void response.end(Buffer.alloc(1_048_576 + Number(request.url === '/more'))),
    )
    expect(await run(`http://127.0.0.1:${port}/`)).toMatchObject({ bytes: 1_048_576 })
    expect(discardReason(await run(`http://127.0.0.1:${port}/more`))).toMatch(/larger than 1048576 bytes/)
  })

  test('an endless answer is cut off', async () => {
    const gone = Promise.withResolvers<void>()
    const port = await serve((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more).on('close', gone.resolve)
      more()
    })
    expect(discardReason(await run(`http://127.0.0.1:${port}/`))).toMatch(/larger/)
    await gone.promise
  })

  test('a connection that nobody takes, or that breaks, fails the attempt', async () => {
    const port = await serve(request => request.socket.destroy())
    await expect(run(`http://127.0.0.1:${port}/`)).rejects.toThrow(/socket hang up|ECONNRESET/)
    const half = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('half', () => response.destroy())
    })
    await expect(run(`http://127.0.0.1:${half}/`)).rejects.toThrow(/aborted|ECONNRESET/)
    await expect(run('http://127.0.0.1:1/')).rejects.toThrow(/ECONNREFUSED/)
  })

  test('a server that answers too slowly fails the attempt', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('.'), 100)
      response.on('close', () => clearInterval(drip))
    })
    const never = new AbortController().signal
    await expect(fetchOnce(`http://127.0.0.1:${port}/`, never, 300)).rejects.toThrow('no whole answer within 300 ms')
  })

  test('its signal stops it', async () => {
    const controller = new AbortController()
    const port = await serve(() => controller.abort(new Error('told to stop')))
    await expect(run(`http://127.0.0.1:${port}/`, controller.signal)).rejects.toMatchObject({ name: 'AbortError' })
    await expect(run(`http://127.0.0.1:${port}/`, controller.signal)).rejects.toThrow('told to stop')
  })

  test('no proxy of the environment is used', async () => {
    let proxied = 0
    const proxy = await serve((_request, response) => {
      proxied++
      response.end('proxy')
    })
    const port = await serve((_request, response) => void response.end('direct'))
    const script = `
      import { request } from 'node:http'
      import { fetchUrl } from './tasks/fetch-url.ts'
      const url = 'http://127.0.0.1:${port}/'
      await new Promise(resolve => request(url, answer => answer.resume().on('end', resolve)).end())
      console.log((await fetchUrl.run({ url }, { signal: new AbortController().signal })).bytes)`
    const env = {
      ...process.env,
      PULSE_FETCH_PRIVATE: 'allow',
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: `http://127.0.0.1:${proxy}`,
      NO_PROXY: '',
    }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
    expect(stdout.trim()).toBe(String('direct'.length))
    // The plain request of the script did go there: the variables work.
    expect(proxied).toBe(1)
  })
})

describe('SEC-36 without the setting', () => {
  test('an address inside ends the task at once, and no request leaves', async () => {
    let calls = 0
    const port = await serve((_request, response) => {
      calls++
      response.end()
    })
    expect(discardReason(await run(`http://127.0.0.1:${port}/`))).toMatch(/port \d+ is not allowed/)
    expect(discardReason(await run('http://127.0.0.1/'))).toMatch(/loopback/)
    expect(discardReason(await run('http://169.254.169.254/latest/'))).toMatch(/metadata/)
    expect(calls).toBe(0)
  })

  test.each(['ftp://example.com/', 'file:///etc/passwd', 'no url', `https://example.com/${'a'.repeat(2_048)}`])(
    'the schema refuses %.40s already at submit',
    async url => expect(await fetchUrl.input?.['~standard'].validate({ url })).toHaveProperty('issues'),
  )
})
