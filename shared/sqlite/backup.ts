import { closeSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'

/**
 * Copies a data file, also of a running server: committed tasks whole, whatever is still in the write-ahead log included. A copy
 * made by `cp` without the log loses tasks (H112).
 */
export async function backupFile(from: string, to: string): Promise<void> {
  closeSync(openSync(to, 'a', 0o600))
  const source = new DatabaseSync(from, { readOnly: true })
  try {
    await backup(source, to)
  } finally {
    source.close()
  }
}
