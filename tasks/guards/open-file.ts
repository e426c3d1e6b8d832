import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { Refused } from './refused.ts'

/** What handlers may read. */
export interface FileAccess {
  /** Only regular files below this folder, after all symbolic links are resolved. */
  readonly root: string
  /** Folders that stay closed though they lie below it. Those that do not exist are ignored. */
  readonly closed: readonly string[]
}

export interface OpenFile {
  /** The caller closes it. */
  readonly handle: FileHandle
  /** Bytes, when it was opened. */
  readonly size: number
}

/** Kernel state that looks like files, so it stays closed even with `/` as the root. */
const KERNEL_FOLDERS = ['/proc', '/sys', '/dev']
const PULSE_FOLDER = '.pulse'

/** The settings: PULSE_FILES_ROOT, the working folder by default; the data folder (PULSE_DATA) is closed. */
export function fileAccess(env: Readonly<Record<string, string | undefined>>): FileAccess {
  return { root: resolve(env.PULSE_FILES_ROOT || '.'), closed: [resolve(env.PULSE_DATA || PULSE_FOLDER)] }
}

/**
 * Opens a file below the root for reading. Hard links cannot be told from other names of a file, so whoever may create
 * them below the root chooses what can be read.
 * @param path relative to the root, or absolute and below it
 * @throws Refused when it is outside, closed, missing, not readable or no regular file
 */
export async function openFile(path: string, access: FileAccess): Promise<OpenFile> {
  if (path === '' || path.includes('\0'))
    throw new Refused('the path is empty or has a NUL character: give the path of a file')
  const root = await realpath(access.root)
  const wanted = resolve(access.root, path)
  // Before the disk is asked, so that nobody learns what exists outside.
  if (!isWithin(wanted, resolve(access.root)) && !isWithin(wanted, root)) throw outside(path)
  const real = await resolveLinks(path, wanted, root)
  await checkPlace(path, real, root, access.closed)
  checkRegular(path, await lstat(real).catch(refuseSystemError(path)))
  // NONBLOCK: whatever took the file's place meanwhile, a FIFO say, must not hang the open.
  const handle = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(
    refuseSystemError(path),
  )
  try {
    const opened = await handle.stat({ bigint: true })
    checkRegular(path, opened)
    // A folder on the way may have become a link between the check and the open: what is open must still be what is
    // there.
    const again = await resolveLinks(path, wanted, root)
    await checkPlace(path, again, root, access.closed)
    const there = await stat(again, { bigint: true }).catch(refuseSystemError(path))
    if (there.dev !== opened.dev || there.ino !== opened.ino)
      throw new Error(`"${path}" was replaced while it was opened`)
    return { handle, size: Number(opened.size) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function resolveLinks(path: string, wanted: string, root: string): Promise<string> {
  try {
    return await realpath(wanted)
  } catch (error) {
    // A link that leads outside must not tell what exists there: judge the part of the path that does exist.
    if (!isWithin(await deepestExisting(wanted), root)) throw outside(path)
    return refuseSystemError(path)(error)
  }
}

async function deepestExisting(path: string): Promise<string> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined)
    if (real !== undefined) return real
  }
  return dirname(path)
}

async function checkPlace(path: string, real: string, root: string, closed: readonly string[]): Promise<void> {
  if (!isWithin(real, root)) throw outside(path)
  if (KERNEL_FOLDERS.some(folder => isWithin(real, folder))) {
    throw new Refused(`"${path}" is no file on a disk: files below ${KERNEL_FOLDERS.join(', ')} are never read`)
  }
  const hidden = real
    .slice(root.length)
    .split(sep)
    .some(part => part.toLowerCase() === PULSE_FOLDER)
  const folders = await Promise.all(closed.map(folder => realpath(folder).catch(() => folder)))
  if (hidden || folders.some(folder => isWithin(real, folder))) {
    throw new Refused(`"${path}" belongs to Pulse itself: its data folder is never read`)
  }
}

function checkRegular(path: string, stats: { isFile(): boolean; isDirectory(): boolean }): void {
  if (stats.isFile()) return
  const what = stats.isDirectory() ? 'a folder' : 'no regular file'
  throw new Refused(`"${path}" is ${what}: give the path of a regular file`)
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function outside(path: string): Refused {
  return new Refused(
    `"${path}" is outside the folder that tasks may read (PULSE_FILES_ROOT, by default the server's working folder)`,
  )
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  ELOOP: 'is a loop of symbolic links',
  EACCES: 'may not be read by this server',
  EPERM: 'may not be read by this server',
  ENAMETOOLONG: 'is too long for a path',
  ENXIO: 'is no regular file',
}

/** Errors of the path itself are refusals; others (too many open files, a bad disk) may pass. */
function refuseSystemError(path: string): (error: unknown) => never {
  return error => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const what = Object.hasOwn(systemErrors, code) ? systemErrors[code] : undefined
    throw what === undefined ? error : new Refused(`"${path}" ${what}`)
  }
}
