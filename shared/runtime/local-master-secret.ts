import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MasterSecret } from '../ports/master-secret.ts'
import { OpenRefused } from '../sqlite/open.ts'
import { writeSecret } from './local-secret.ts'

const FILE = 'accounts.key'
const BYTES = 32

/**
 * The secret of accounts in a file beside the data, readable by its owner alone: 32 random bytes, and after a rotation the 32 before.
 * Call it only with the folder's lock in hand.
 * @throws OpenRefused for a file that is damaged
 */
export function localMasterSecret(folder: string): MasterSecret {
  const path = folder === ':memory:' ? undefined : join(folder, FILE)
  let held: readonly Uint8Array[] = path !== undefined && existsSync(path) ? load(path) : []
  if (held.length === 0) keep([randomBytes(BYTES)])

  function keep(secrets: readonly Uint8Array[]): void {
    if (path !== undefined) writeSecret(path, Buffer.concat(secrets))
    held = secrets
  }

  return {
    read: async () => held,
    async replace(next) {
      keep([next, ...held.slice(0, 1)])
    },
  }
}

function load(path: string): Uint8Array[] {
  const bytes = readFileSync(path)
  if (bytes.length === BYTES) return [bytes]
  if (bytes.length === 2 * BYTES) return [bytes.subarray(0, BYTES), bytes.subarray(BYTES)]
  throw new OpenRefused(`${path} is damaged: delete it, and a new one is made (everybody has to log in again)`)
}
