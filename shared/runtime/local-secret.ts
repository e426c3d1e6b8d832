import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpenRefused } from '../sqlite/open.ts'

const SECRET_BYTES = 32

/**
 * A random key that lives beside the data file, readable by its owner alone; made at first use.
 * Call it only with the folder's lock in hand.
 * @throws OpenRefused
 */
export function localSecret(folder: string, name: string): Uint8Array {
  if (folder === ':memory:') return randomBytes(SECRET_BYTES)
  const path = join(folder, name)
  if (!existsSync(path)) writeSecret(path, randomBytes(SECRET_BYTES))
  const secret = readFileSync(path)
  if (secret.length >= SECRET_BYTES) return secret
  throw new OpenRefused(
    `${path} is damaged: delete it, and a new one is made (cursors given out before become invalid)`,
  )
}

/** Readable by its owner alone. Renamed into its place: a process that is killed here leaves no half of a key behind. */
export function writeSecret(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, bytes, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
