import { createCipheriv, createHash } from 'node:crypto'

/** Bytes that look random and are the same in every run: `chance('a name')`. */
export function chance(seed: string): (size: number) => Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return size => new Uint8Array(stream.update(Buffer.alloc(size)))
}
