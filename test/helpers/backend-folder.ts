import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import type { Instant, TaskRow } from '../../shared/core/task.ts'
import { encodeTime, taskId } from '../../shared/core/task-id.ts'
import { type NewTask, submit } from '../../shared/core/transitions.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { openSqliteBackend, type SqliteBackend, type SqliteOptions } from '../../shared/sqlite/backend.ts'
import { at } from './clock.ts'

/** A folder that goes with the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A copy of a data folder, as a crash at this moment would leave it. */
export function imageOf(folder: string): string {
  const image = tempFolder()
  cpSync(folder, image, { recursive: true })
  return image
}

/** Opens a data folder; it is closed with the test, unless the test has done so. */
export function openSqlite(folder = ':memory:', options: Partial<SqliteOptions> = {}): SqliteBackend {
  const backend = openSqliteBackend({
    folder,
    names: ['send-email', 'resize-image'],
    failed(error) {
      throw error
    },
    ...options,
  })
  let open = true
  const close = () => {
    if (!open) return
    open = false
    backend.close()
  }
  onTestFinished(close)
  return { ...backend, close }
}

/** Asks the data file itself, past the backend. */
export function inspect(folder: string, query: string): Record<string, SQLOutputValue>[] {
  const db = new DatabaseSync(join(folder, 'pulse.db'), { readOnly: true })
  try {
    return db.prepare(query).all()
  } finally {
    db.close()
  }
}

let made = 0

export function aTask(task: Partial<NewTask> = {}, now: Instant = at('10:00:00')): NewTask {
  made++
  const id = taskId(encodeTime(now) + String(made).padStart(16, '0'))
  return { id, name: 'send-email', owner: 'user_3', priority: 3, maxAttempts: 5, runAt: now, ...task }
}

export async function submitted(
  backend: Backend,
  task: Partial<NewTask> = {},
  now: Instant = at('10:00:00'),
): Promise<TaskRow> {
  const committed = await backend.tasks.commit(submit(aTask(task, now), now))
  if (!committed.ok) throw new Error('the task was not taken')
  return committed.row
}

/** Starts another process on a data folder, and waits until it has submitted so many tasks: see backend-child.ts. */
export async function spawnChild(folder: string, count: number): Promise<ChildProcess> {
  const script = new URL('./backend-child.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, folder, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

/** As `spawnChild`; the process is gone when the test is. */
export async function startChild(folder: string, count: number): Promise<ChildProcess> {
  const child = await spawnChild(folder, count)
  onTestFinished(() => kill(child))
  return child
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** A disk of so many KiB, or why there can be none here. */
export function smallDisk(kib: number): { folder: string } | { reason: string } {
  if (process.getuid?.() !== 0) return { reason: 'mounting a small disk takes root' }
  const folder = mkdtempSync(join(tmpdir(), 'pulse-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', folder], { stdio: 'ignore', timeout: 10_000 })
  } catch {
    rmSync(folder, { recursive: true })
    return { reason: 'this machine does not let a test mount a small disk' }
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder], { timeout: 10_000 })
    rmSync(folder, { recursive: true })
  })
  return { folder }
}
