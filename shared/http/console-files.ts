import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * In the order in which they need each other. Their names are of one scope: a browser refuses the whole when two declare the same.
 */
export const consoleModules = [
  'storage.js',
  'elements.js',
  'times.js',
  'api.js',
  'notice.js',
  'dialog.js',
  'pages.js',
  'watch.js',
  'session.js',
  'schedule-facts.js',
  'occurrences.js',
  'schedule-controls.js',
  'backfill.js',
  'schedule-list.js',
  'schedule-detail.js',
  'schedules.js',
] as const

/** Later rules win over earlier ones. */
export const consoleStyles = ['page.css', 'controls.css', 'tables.css'] as const

const IMPORT = /^import [\s\S]*? from '\.\/[\w-]+\.js'\n/gm
const EXPORT = /^export (?=\S)/gm
/** Types and reasons, for the compiler and for readers: a fourth of the text. */
const COMMENT = /^ *(?:\/\/.*|\/\*\*[\s\S]*?\*\/)\n/gm

/**
 * The modules of the console as one script. A browser that asked for each would have so many functions started at once, of which a new
 * account of AWS may run ten; submits would have to wait for a page.
 */
export async function readConsoleScript(folder: string): Promise<string> {
  const modules = await readAll(folder, consoleModules)
  return modules.map(text => text.replace(COMMENT, '').replace(IMPORT, '').replace(EXPORT, '')).join('')
}

export async function readConsoleStyle(folder: string): Promise<string> {
  return (await readAll(folder, consoleStyles)).join('')
}

function readAll(folder: string, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
}
