import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpenRefused } from '../sqlite/open.ts'

const SECRET_BYTES = 32

/**
 * A random key that lives beside the data file, readable by its owner alone; made at first use.
 * @throws OpenRefused
 */
export function localSecret(folder: string, name: string): Uint8Array {
  if (folder === ':memory:') return randomBytes(SECRET_BYTES)
  const path = join(folder, name)
  try {
    writeFileSync(path, randomBytes(SECRET_BYTES), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = readFileSync(path)
  if (secret.length >= SECRET_BYTES) return secret
  throw new OpenRefused(`${path} is damaged: delete it, and a new one is made (cursors given out before become invalid)`)
}
