import { type AnyTask, createRegistry, type Registry } from '../core/definition.ts'

/** Why the tasks of a module cannot be used, in one line for a person. */
export class TasksRefused extends Error {
  override readonly name = 'TasksRefused'
}

/**
 * The tasks that a module exports: its default export (a list), or every task that it exports by name.
 * @param from what to call the module in an error
 * @throws TasksRefused
 */
export function registryOf(exported: Readonly<Record<string, unknown>>, from: string): Registry {
  const found = Object.values(exported).flat().filter(isTask)
  if (found.length === 0)
    throw new TasksRefused(`${from} exports no task: export what defineTask() returns, or a list of such as default`)
  return createRegistry(new Set(found))
}

function isTask(value: unknown): value is AnyTask {
  return typeof value === 'object' && value !== null && 'name' in value && 'run' in value && 'timeoutMs' in value
}
