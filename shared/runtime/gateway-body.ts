import type { IncomingMessage } from 'node:http'

const EMPTY = Buffer.alloc(0)

/** A body, or why there is none: it is longer than allowed, or the client left in the middle. */
export type Received = Buffer | 'too large' | 'gone'

/**
 * Collects a body while it is not too long; what is too long is never held in memory.
 * @param done called once
 */
export function readBody(request: IncomingMessage, limitBytes: number, done: (body: Received) => void): void {
  const { headers } = request
  const declared = headers['content-length']
  if (declared !== undefined && Number(declared) > limitBytes) done('too large')
  else if (declared === undefined && headers['transfer-encoding'] === undefined) done(EMPTY)
  else collect(request, limitBytes, done)
}

function collect(request: IncomingMessage, limitBytes: number, done: (body: Received) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  let finished = false
  const finish = (body: Received) => {
    if (finished) return
    finished = true
    done(body)
  }
  request.on('data', (chunk: Buffer) => {
    if (finished) return
    length += chunk.length
    if (length <= limitBytes) {
      chunks.push(chunk)
      return
    }
    chunks.length = 0
    finish('too large')
  })
  request.on('end', () => finish(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length)))
  request.on('close', () => finish('gone'))
}
