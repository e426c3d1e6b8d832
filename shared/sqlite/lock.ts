import { DatabaseSync } from 'node:sqlite'

/**
 * One process owns a data file (H108). The lock is a transaction on a second, empty SQLite file: the kernel lets go of it however the
 * process ends, so no stale lock is left behind, and the data file itself stays readable for backups.
 * @returns undefined when another process holds it
 */
export function lockFile(path: string): { release(): void } | undefined {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return { release: () => db.close() }
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY
  )
}
