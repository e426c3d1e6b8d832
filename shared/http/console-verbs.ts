import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAssets, SCRIPT, STYLE } from './asset.ts'
import type { Verb } from './call.ts'
import { readConsoleScript, readConsoleStyle } from './console-files.ts'
import { consolePage } from './console-page.ts'
import { calledPath, type HttpResult } from './event.ts'
import type { Routes } from './routes.ts'

/** @param assetsFolder where a bundle keeps the files of all pages; beside this file when absent */
export function createConsole(assetsFolder = join(import.meta.dirname, 'assets')): {
  readonly console: Verb<Routes['console']>
  readonly consoleSchedules: Verb<Routes['consoleSchedules']>
  readonly consoleAsset: Verb<Routes['consoleAsset']>
} {
  const folder = join(assetsFolder, 'console')
  const serve = createAssets({
    'script.js': { type: SCRIPT, read: () => readConsoleScript(folder) },
    'style.css': { type: STYLE, read: () => readConsoleStyle(folder) },
    'icon.svg': { type: 'image/svg+xml', read: () => readFile(join(folder, 'icon.svg')) },
  })
  return {
    console: async ({ event }) => leadTo(calledPath(event, '/console/schedules')),
    consoleSchedules: async ({ event }) => consolePage('Schedules', event.rawPath),
    consoleAsset: ({ id: name }) => serve(name),
  }
}

function leadTo(path: string): HttpResult {
  return { statusCode: 302, headers: { location: path, 'content-type': 'text/plain; charset=utf-8' }, body: path }
}
