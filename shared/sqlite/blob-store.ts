import type { DatabaseSync } from 'node:sqlite'
import type { BlobStore } from '../ports/blob-store.ts'
import type { GroupCommit } from './group-commit.ts'

/** A row is written three times in its life; beyond this size its payload is not carried along each time. */
const INLINE_BYTES = 4_096

export function createBlobStore(db: DatabaseSync, group: GroupCommit): BlobStore {
  const put = db.prepare('INSERT INTO blob (task, key, body) VALUES (?, ?, ?)')
  const get = db.prepare('SELECT body FROM blob WHERE task = ? AND key = ?')
  return {
    inlineBytes: INLINE_BYTES,
    async put(task, key, text) {
      await group.add(() => put.run(task, key, text))
    },
    async get(task, key) {
      const row = get.get(task, key)
      return row && String(row.body)
    },
  }
}
