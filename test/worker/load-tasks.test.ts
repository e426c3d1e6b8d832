import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readTasks } from '../../shared/runtime/read-tasks.ts'
import { loadTasks } from '../../shared/worker/load-tasks.ts'
import { TasksRefused } from '../../shared/worker/registry-of.ts'
import { tempFolder } from '../helpers/backend-folder.ts'

const definition = pathToFileURL(new URL('../../shared/core/definition.ts', import.meta.url).pathname).href

function folderWith(file: string, text: string): string {
  const folder = tempFolder()
  writeFileSync(join(folder, file), text)
  return folder
}
const task = (name: string) => `defineTask({ name: '${name}', run: () => 1 })`
const header = `import { defineTask } from '${definition}'\n`

async function refusal(from: string): Promise<string> {
  const error = await readTasks(from, 0).then(
    () => undefined,
    thrown => thrown,
  )
  expect(error).toBeInstanceOf(TasksRefused)
  expect(error.message).not.toContain('\n')
  return error.message
}

describe('loading tasks', () => {
  const modules: Record<string, { file: string; text: string; names: string[] }> = {
    'a list as default': { file: 'index.ts', text: `export default [${task('a')}, ${task('b')}]`, names: ['a', 'b'] },
    'one by one': {
      file: 'index.mjs',
      text: `export const x = ${task('a')}, y = ${task('b')}, other = 5, nothing = null`,
      names: ['a', 'b'],
    },
    'both ways, each once': {
      file: 'index.ts',
      text: `export const x = ${task('a')}\nexport default [x]`,
      names: ['a'],
    },
  }
  for (const [what, { file, text, names }] of Object.entries(modules)) {
    test(`takes what a folder's module exports: ${what}`, async () => {
      const folder = folderWith(file, header + text)
      expect([...(await loadTasks(folder)).keys()]).toEqual(names)
    })
  }

  test('takes a file, and a file URL', async () => {
    const file = join(folderWith('mine.ts', `${header}export default [${task('a')}]`), 'mine.ts')
    expect([...(await loadTasks(file)).keys()]).toEqual(['a'])
    expect([...(await loadTasks(pathToFileURL(file).href)).keys()]).toEqual(['a'])
  })

  const refused: Record<string, { file: string; text: string; message: RegExp }> = {
    'a folder without an index': {
      file: 'other.ts',
      text: '',
      message: /there are no tasks at .*: it needs an index\.ts/,
    },
    'a module without tasks': { file: 'index.ts', text: 'export const x = 1', message: /exports no task/ },
    'two tasks of one name': {
      file: 'index.ts',
      text: `export default [${task('a')}, ${task('a')}]`,
      message: /two tasks are named "a"/,
    },
    'a declaration that makes no sense': {
      file: 'index.ts',
      text: `export default [${task('no name')}]`,
      message: /"no name" is no task name/,
    },
    'a module that throws': {
      file: 'index.ts',
      text: 'throw new Error("no\\nlicence")',
      message: /cannot be loaded: Error: no \(at .*index\.ts/,
    },
    'a module that cannot be parsed': { file: 'index.mjs', text: 'export default [', message: /cannot be loaded: / },
    'a module whose import is missing': { file: 'index.ts', text: 'import "./nowhere.ts"', message: /nowhere/ },
  }
  for (const [what, { file, text, message }] of Object.entries(refused)) {
    test(`refuses ${what} in one line`, async () => {
      const folder = folderWith(file, (what.includes('throws') || what.includes('missing') ? '' : header) + text)
      expect(await refusal(folder)).toMatch(message)
    })
  }

  test('refuses a place that does not exist', async () => {
    expect(await refusal('/nowhere/at/all')).toMatch(/there are no tasks at \/nowhere\/at\/all/)
  })
})
