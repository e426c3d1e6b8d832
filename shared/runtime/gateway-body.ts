import type { IncomingMessage } from 'node:http'

const EMPTY = Buffer.alloc(0)

/**
 * Collects a body while it is not too long; what is too long is never held in memory.
 * @param done gets the body, `'too large'`, or `'gone'` when the client left in the middle; called once
 */
export function readBody(request: IncomingMessage, limitBytes: number, done: (body: Buffer | 'too large' | 'gone') => void): void {
  const { headers } = request
  const declared = headers['content-length']
  if (declared === undefined && headers['transfer-encoding'] === undefined) return done(EMPTY)
  if (declared !== undefined && Number(declared) > limitBytes) return done('too large')

  let first: Buffer | undefined
  let chunks: Buffer[] | undefined
  let length = 0
  let finished = false
  const finish = (body: Buffer | 'too large' | 'gone') => {
    if (finished) return
    finished = true
    done(body)
  }
  request.on('data', (chunk: Buffer) => {
    if (finished) return
    length += chunk.length
    if (length > limitBytes) {
      chunks = undefined
      first = undefined
      return finish('too large')
    }
    if (first) (chunks ??= [first]).push(chunk)
    else first = chunk
  })
  request.on('end', () => finish(chunks ? Buffer.concat(chunks, length) : (first ?? EMPTY)))
  request.on('close', () => finish('gone'))
}
