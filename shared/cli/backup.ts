import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../runtime/settings.ts'
import { backupFile } from '../sqlite/backup.ts'
import { message } from '../telemetry/log-events.ts'
import { fail } from './dev.ts'

/**
 * Copies the data file, also while the server runs.
 * @param folder of the data file, when it was given as a flag
 */
export async function backup(to: string | undefined, folder: string | undefined): Promise<void> {
  if (to === undefined) fail('name the file to write: pulse backup copy.db')
  if (existsSync(to)) fail(`${to} exists: name another file, or remove it first`)
  const from = join(dataFolder(folder), 'pulse.db')
  if (!existsSync(from)) fail(`there is no data file at ${from}: set PULSE_DATA to its folder`)
  try {
    await backupFile(from, to)
  } catch (error) {
    fail(`${from} cannot be copied to ${to}: ${message(error)}`)
  }
  process.stdout.write(`${from} copied to ${to}\n`)
}

function dataFolder(given: string | undefined): string {
  try {
    return readSettings({ ...process.env, ...(given !== undefined && { PULSE_DATA: given }) }).PULSE_DATA
  } catch (error) {
    fail(message(error))
  }
}
