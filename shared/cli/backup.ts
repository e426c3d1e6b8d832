import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../runtime/settings.ts'
import { backupFile } from '../sqlite/backup.ts'
import { fail } from './dev.ts'

/** Copies the data file, also while the server runs. */
export async function backup(to: string | undefined): Promise<void> {
  if (to === undefined) fail('name the file to write: pulse backup copy.db')
  if (existsSync(to)) fail(`${to} exists: name another file, or remove it first`)
  const from = join(readSettings(process.env).PULSE_DATA, 'pulse.db')
  if (!existsSync(from)) fail(`there is no data file at ${from}: set PULSE_DATA to its folder`)
  await backupFile(from, to)
  process.stdout.write(`${from} copied to ${to}\n`)
}
