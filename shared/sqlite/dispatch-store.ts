import type { DatabaseSync } from 'node:sqlite'
import { type Pause, selectorKey } from '../core/dispatch.ts'
import type { DispatchStore } from '../ports/dispatch-store.ts'
import type { GroupCommit } from './group-commit.ts'

export function createDispatchStore(db: DatabaseSync, group: GroupCommit): DispatchStore {
  const put = db.prepare(
    'INSERT INTO pause (selector, pause) VALUES (?, ?) ON CONFLICT (selector) DO UPDATE SET pause = excluded.pause',
  )
  const remove = db.prepare('DELETE FROM pause WHERE selector = ?')
  const read = db.prepare('SELECT pause FROM pause ORDER BY selector')
  return {
    read: async () => read.all().map(row => JSON.parse(String(row.pause)) as Pause),
    async put(pause) {
      await group.add(() => put.run(selectorKey(pause.selector), JSON.stringify(pause)))
    },
    remove: selector => group.add(() => remove.run(selectorKey(selector)).changes === 1),
  }
}
