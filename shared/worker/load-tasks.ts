import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Registry } from '../core/definition.ts'
import { registryOf, TasksRefused } from './registry-of.ts'

/**
 * Imports the module that exports the tasks: its default export (a list), or every task that it exports by name.
 * @param from a folder with an `index.ts` or `index.js`, a file, or a file URL
 * @throws TasksRefused
 */
export async function loadTasks(from: string): Promise<Registry> {
  return registryOf(await importTasks(from), from)
}

/** All that the module exports. */
export async function importTasks(from: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(tasksUrl(from))) as Record<string, unknown>
}

/** @throws TasksRefused when there is no such module */
export function tasksUrl(from: string): string {
  const path = from.startsWith('file:') ? fileURLToPath(from) : resolve(from)
  const candidates =
    existsSync(path) && statSync(path).isDirectory()
      ? ['index.ts', 'index.js', 'index.mjs'].map(name => join(path, name))
      : [path]
  const file = candidates.find(candidate => existsSync(candidate))
  if (!file)
    throw new TasksRefused(
      `there are no tasks at ${from}: it needs an index.ts that exports them, or name another place with --tasks`,
    )
  return pathToFileURL(file).href
}
