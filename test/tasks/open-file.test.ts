import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FileAccess, fileAccess, openFile } from '../../tasks/guards/open-file.ts'
import { Refused } from '../../tasks/guards/refused.ts'

let base = ''
let root = ''
let access: FileAccess

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'pulse-files-')))
  root = join(base, 'root')
  access = { root, closed: [join(root, 'data')] }
  for (const folder of ['root/sub', 'root/data', 'root/.pulse/deep', 'root/sub/.Pulse', 'rootless', 'outside']) {
    await mkdir(join(base, folder), { recursive: true })
  }
  for (const file of ['root/a.txt', 'root/sub/b.txt', 'root/..c', 'root/data/pulse.db', 'root/.pulse/pulse.db']) {
    await writeFile(join(base, file), file)
  }
  await writeFile(join(base, 'root/.pulse/deep/key'), 'key')
  await writeFile(join(base, 'root/sub/.Pulse/key'), 'key')
  await writeFile(join(base, 'rootless/secret'), 'secret')
  await writeFile(join(base, 'outside/secret'), 'secret')
  await symlink(join(base, 'outside/secret'), join(root, 'link-out'))
  await symlink('../outside', join(root, 'folder-out'))
  await symlink('link-out', join(root, 'link-to-link-out'))
  await symlink('a.txt', join(root, 'link-in'))
  await symlink('sub', join(root, 'folder-in'))
  await symlink('.pulse', join(root, 'link-to-data'))
  await symlink('loop', join(root, 'loop'))
  await symlink('nowhere', join(root, 'dangling'))
  await symlink('/proc/self', join(root, 'proc'))
  await symlink('/dev/zero', join(root, 'zero'))
  await symlink(root, join(base, 'alias'))
  execFileSync('mkfifo', [join(root, 'fifo')])
})
afterAll(() => rm(base, { recursive: true, force: true }))

async function read(path: string, from = access): Promise<string> {
  const { handle, size } = await openFile(path, from)
  try {
    const text = await handle.readFile('utf8')
    expect(size).toBe(Buffer.byteLength(text))
    return text
  } finally {
    await handle.close()
  }
}

async function refusal(path: string, from = access): Promise<string> {
  const error = await read(path, from).catch((thrown: unknown) => thrown)
  expect(error, path).toBeInstanceOf(Refused)
  return error instanceof Error ? error.message : ''
}

describe('a file below the root opens', () => {
  test.each([
    ['a.txt', 'root/a.txt'],
    ['./sub/../sub/b.txt', 'root/sub/b.txt'],
    ['..c', 'root/..c'],
    ['link-in', 'root/a.txt'],
    ['folder-in/b.txt', 'root/sub/b.txt'],
  ])('%s', async (path, text) => expect(await read(path)).toBe(text))

  test('by its absolute path, also when the root is itself a link', async () => {
    const aliased = { root: join(base, 'alias'), closed: [] }
    expect(await read(join(root, 'a.txt'))).toBe('root/a.txt')
    expect(await read(join(base, 'alias/a.txt'), aliased)).toBe('root/a.txt')
    expect(await read(join(root, 'a.txt'), aliased)).toBe('root/a.txt')
  })
})

describe('SEC-36 a file outside the root is refused', () => {
  test.each([
    '..',
    '../outside/secret',
    'sub/../../outside/secret',
    '../rootless/secret',
    '/etc/passwd',
    '//etc/passwd',
    '/proc/self/environ',
    'link-out',
    'link-to-link-out',
    'folder-out/secret',
    'folder-in/../folder-out/secret',
    'proc/environ',
    'proc/root/etc/passwd',
    'zero',
  ])('%s', async path => expect(await refusal(path)).toMatch(/ is outside the folder that tasks may read/))

  test('by its absolute path', async () => {
    expect(await refusal(join(base, 'outside/secret'))).toMatch(/outside/)
    expect(await refusal(join(base, 'rootless/secret'))).toMatch(/outside/)
  })
  test('with the same words whether it exists or not', async () => {
    const missing = await refusal('../outside/missing')
    expect(await refusal('../outside/secret')).toBe(missing.replace('missing', 'secret'))
    const behindLink = await refusal('folder-out/missing/deeper')
    expect(await refusal('folder-out/secret')).toBe(behindLink.replace('missing/deeper', 'secret'))
  })
})

describe('SEC-36 what is no regular file is refused', () => {
  test.each([
    ['sub', /is a folder/],
    ['.', /is a folder/],
    ['fifo', /no regular file/],
    ['missing', /does not exist/],
    ['missing/deeper', /does not exist/],
    ['a.txt/deeper', /does not exist/],
    ['dangling', /does not exist/],
    ['loop', /loop of symbolic links/],
    ['x'.repeat(300), /too long/],
    ['', /empty/],
    ['a.txt\0.png', /NUL/],
  ])('%j', async (path, why) => expect(await refusal(path)).toMatch(why))

  test('a socket', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(join(root, 'socket'), resolve))
    expect(await refusal('socket')).toMatch(/no regular file/)
    await new Promise(resolve => server.close(resolve))
  })
  test.skipIf(process.platform !== 'linux')('files of the kernel, even below the root "/"', async () => {
    const everything = { root: '/', closed: [] }
    for (const path of [
      '/proc/self/environ',
      '/proc/self/status',
      '/sys/kernel/mm/transparent_hugepage/enabled',
      '/dev/null',
    ]) {
      expect(await refusal(path, everything)).toMatch(/no file on a disk/)
    }
    expect(await read(join(root, 'a.txt'), everything)).toBe('root/a.txt')
    expect(await refusal(join(root, '.pulse/pulse.db'), everything)).toMatch(/belongs to Pulse/)
  })
})

describe('SEC-36 the data folder is closed', () => {
  test.each([
    '.pulse/pulse.db',
    '.pulse/deep/key',
    'sub/.Pulse/key',
    'data/pulse.db',
    'link-to-data/pulse.db',
    './sub/../data/pulse.db',
  ])('%s', async path => expect(await refusal(path)).toMatch(/belongs to Pulse/))
  test('also when it is reached by a link or lies above the root', async () => {
    expect(await refusal('a.txt', { root, closed: [join(base, 'alias')] })).toMatch(/belongs to Pulse/)
  })
})

describe('settings', () => {
  test('the working folder and ./.pulse by default', () => {
    const usual = { root: process.cwd(), closed: [join(process.cwd(), '.pulse')] }
    expect(fileAccess({})).toEqual(usual)
    expect(fileAccess({ PULSE_FILES_ROOT: '', PULSE_DATA: '' })).toEqual(usual)
  })
  test('PULSE_FILES_ROOT and PULSE_DATA, relative to the working folder', () => {
    const env = { PULSE_FILES_ROOT: relative(process.cwd(), root), PULSE_DATA: join(root, 'data') }
    expect(fileAccess(env)).toEqual(access)
  })
  test('a root that does not exist is a fault of the server, not of the task', async () => {
    const error = await openFile('a.txt', { root: join(base, 'none'), closed: [] }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(Refused)
  })
})
