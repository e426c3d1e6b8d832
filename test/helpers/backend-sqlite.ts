import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openGate } from '../../shared/core/dispatch.ts'
import { openSqliteBackend, type SqliteBackend } from '../../shared/sqlite/backend.ts'
import type { OpenBackend, OpenOptions } from './backend-under-test.ts'

/** Opens SQLite on a file of its own, which goes with the test. */
export async function openOnFile(options: OpenOptions): Promise<OpenBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-contract-'))
  return fromFolder(folder, options, () => rmSync(folder, { recursive: true }))
}

export async function openInMemory(options: OpenOptions): Promise<OpenBackend> {
  return fromFolder(':memory:', options, () => {})
}

function fromFolder(folder: string, options: OpenOptions, remove: () => void): OpenBackend {
  const sqlite = openSqliteBackend({
    folder,
    names: options.names,
    failed(error) {
      throw error
    },
  })
  return {
    ...sqlite,
    received: async now => received(sqlite, now),
    async reopen() {
      sqlite.close()
      return fromFolder(folder, options, remove)
    },
    async close() {
      sqlite.close()
      remove()
    },
  }
}

const PLENTY = 1_000

function received({ lanes }: SqliteBackend, now: number) {
  const hints = lanes.receive(PLENTY, openGate, now)
  for (const hint of hints) lanes.done(hint)
  return hints
}
