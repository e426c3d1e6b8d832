import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { AnyTask, Registry } from '../core/definition.ts'

/**
 * Errors of handlers in the places of the sources, not of the bundle. Node could do so by itself, but it would read the map of the
 * bundle at every start, which takes a third longer then; here the first error reads it.
 * @param bundle URL of the file that holds the tasks
 */
export function withSourcePositions(registry: Registry, bundle: string): Registry {
  const restore = createRestore(bundle)
  return new Map([...registry].map(([name, task]) => [name, restored(task, restore)]))
}

function restored(task: AnyTask, restore: (stack: string) => string): AnyTask {
  return {
    ...task,
    async run(...given) {
      try {
        return await task.run(...given)
      } catch (error) {
        if (error instanceof Error && error.stack !== undefined) error.stack = restore(error.stack)
        throw error
      }
    },
  }
}

const POSITION = /(file:\/\/[^\s():]+):(\d+):(\d+)/g

function createRestore(bundle: string): (stack: string) => string {
  let map: SourceMap | undefined | 'not read' = 'not read'
  return stack => {
    if (map === 'not read') map = readMap(`${fileURLToPath(bundle)}.map`)
    const known = map
    if (!known) return stack
    return stack.replace(POSITION, (position, file: string, line: string, column: string) => {
      if (file !== bundle) return position
      const found = known.findEntry(Number(line) - 1, Number(column) - 1)
      if (!('originalSource' in found)) return position
      return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`
    })
  }
}

function readMap(path: string): SourceMap | undefined {
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined
}
