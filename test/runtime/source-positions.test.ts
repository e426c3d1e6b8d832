import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { bundle } from '../../lib/bundle.ts'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { taskError } from '../../shared/core/task-error.ts'
import { withSourcePositions } from '../../shared/runtime/source-positions.ts'

const folder = mkdtempSync(join(tmpdir(), 'pulse-positions-'))
afterAll(() => rmSync(folder, { recursive: true }))
bundle('worker', 'tasks/index.ts', folder)
const file = join(folder, 'index.mjs')
const url = pathToFileURL(file).href

/** Where the bundle holds what the task `flaky` throws with. */
function placeOfFlaky(): { line: number; column: number } {
  const lines = readFileSync(file, 'utf8').split('\n')
  const line = lines.findIndex(each => each.includes('fails, as do the first'))
  return { line: line + 1, column: (lines[line]?.indexOf('fails, as do the first') ?? 0) + 1 }
}

async function thrownBy(thrown: unknown, from = url): Promise<unknown> {
  const task = defineTask({
    name: 'throwing',
    run() {
      throw thrown
    },
  })
  const registry = withSourcePositions(createRegistry([task]), from)
  try {
    // Nothing of its context is used.
    await registry.get('throwing')?.run(undefined, {} as never)
  } catch (error) {
    return error
  }
  throw new Error('the task has not thrown')
}

test('an error of a handler is told in the places of the sources; the rest of its stack stays', async () => {
  const { line, column } = placeOfFlaky()
  const error = new RangeError('no such shelf')
  error.stack = [
    'RangeError: no such shelf',
    `    at Object.run (${url}:${line}:${column})`,
    `    at async file:///elsewhere/index.mjs:${line}:${column}`,
    '    at node:internal/process:1:2',
  ].join('\n')
  expect(await thrownBy(error)).toBe(error)
  const [message, run, elsewhere, node] = (error.stack ?? '').split('\n')
  expect(message).toBe('RangeError: no such shelf')
  const source = readFileSync('tasks/flaky.ts', 'utf8').split('\n')
  const place = /^ {4}at Object\.run \(tasks\/flaky\.ts:(\d+):\d+\)$/.exec(run ?? '')
  expect(source[Number(place?.[1]) - 1]).toContain('fails, as do the first')
  expect(elsewhere).toBe(`    at async file:///elsewhere/index.mjs:${line}:${column}`)
  expect(node).toBe('    at node:internal/process:1:2')
  // The fingerprint names the user's file, and not the bundle's only line.
  expect(taskError(error).fingerprint).not.toBe(taskError(new RangeError('no such shelf')).fingerprint)
})

test('what is no error, or has no stack, is thrown as it is', async () => {
  expect(await thrownBy('text')).toBe('text')
  const bare = new Error('bare')
  delete bare.stack
  expect(await thrownBy(bare)).toBe(bare)
})

test('a bundle without a map changes nothing', async () => {
  const error = new Error('x')
  const { stack } = error
  expect(existsSync(join(folder, 'other.mjs.map'))).toBe(false)
  expect(((await thrownBy(error, pathToFileURL(join(folder, 'other.mjs')).href)) as Error).stack).toBe(stack)
})

test('the map names the sources from the project’s folder, wherever the bundle was made', () => {
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }
  expect(sources).toContain('tasks/flaky.ts')
  expect(sources).toContain('shared/engine/attempt.ts')
  expect(sources.filter(source => source.startsWith('/') || source.startsWith('..'))).toEqual([])
})
