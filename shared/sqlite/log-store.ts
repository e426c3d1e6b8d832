import type { DatabaseSync } from 'node:sqlite'
import type { LogLine, LogStore } from '../ports/log-store.ts'
import type { GroupCommit } from './group-commit.ts'

export function createLogStore(db: DatabaseSync, group: GroupCommit): LogStore {
  const append = db.prepare('INSERT INTO log (task, line) VALUES (?, ?)')
  const read = db.prepare('SELECT seq, line FROM log WHERE task = ? AND seq > ? ORDER BY seq LIMIT ?')
  return {
    async append(task, lines) {
      // Written out first: a line that cannot be must not leave those before it behind.
      const texts = lines.map(line => JSON.stringify(line))
      await group.add(() => {
        for (const text of texts) append.run(task, text)
      })
    },
    async read(task, limit, after) {
      const rows = read.all(task, after === undefined ? 0 : Number(after), limit + 1)
      const lines = rows.slice(0, limit).map(row => JSON.parse(String(row.line)) as LogLine)
      const last = rows[limit - 1]
      return { lines, ...(rows.length > limit && last && { next: String(last.seq) }) }
    },
  }
}
