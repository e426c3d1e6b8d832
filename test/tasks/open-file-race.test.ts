import { execFileSync } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { mkdir, mkdtemp, open, realpath, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FileAccess, openFile } from '../../tasks/guards/open-file.ts'

vi.mock('node:fs/promises', async importOriginal => {
  const original = await importOriginal<typeof import('node:fs/promises')>()
  return { ...original, open: vi.fn(original.open), realpath: vi.fn(original.realpath) }
})
const { open: realOpen } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')

let base = ''
let access: FileAccess
const at = (path: string) => join(base, path)

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'pulse-race-')))
  access = { root: at('root'), closed: [] }
  await mkdir(at('root/folder'), { recursive: true })
  await mkdir(at('outside'))
  await writeFile(at('root/folder/file'), 'harmless')
  await writeFile(at('outside/file'), 'secret')
})
afterEach(async () => {
  vi.mocked(open).mockReset().mockImplementation(realOpen)
  await rm(base, { recursive: true, force: true })
})

async function putLinkInPlaceOfFolder() {
  await rename(at('root/folder'), at('root/aside'))
  await symlink('../outside', at('root/folder'))
}

async function putFolderBack() {
  await unlink(at('root/folder'))
  await rename(at('root/aside'), at('root/folder'))
}

describe('SEC-36 what changes between the check and the open', () => {
  test('nothing: the file opens', async () => {
    const { handle } = await openFile('folder/file', access)
    expect(await handle.readFile('utf8')).toBe('harmless')
    await handle.close()
  })

  test('a folder became a link that leads outside', async () => {
    vi.mocked(open).mockImplementationOnce(async (...parameters) => {
      await putLinkInPlaceOfFolder()
      return await realOpen(...parameters)
    })
    await expect(openFile('folder/file', access)).rejects.toThrow(/outside the folder/)
  })

  test('it was a link only while the file was opened', async () => {
    vi.mocked(open).mockImplementationOnce(async (...parameters) => {
      await putLinkInPlaceOfFolder()
      const handle = await realOpen(...parameters)
      await putFolderBack()
      return handle
    })
    await expect(openFile('folder/file', access)).rejects.toThrow('"folder/file" was replaced while it was opened')
  })

  test('the file itself became a link', async () => {
    vi.mocked(open).mockImplementationOnce(async (...parameters) => {
      await unlink(at('root/folder/file'))
      await symlink('../../outside/file', at('root/folder/file'))
      return await realOpen(...parameters)
    })
    await expect(openFile('folder/file', access)).rejects.toThrow(/loop of symbolic links|outside/)
  })

  test('nothing stays open after a refusal', async () => {
    let opened = -1
    vi.mocked(open).mockImplementationOnce(async (...parameters) => {
      await putLinkInPlaceOfFolder()
      const handle = await realOpen(...parameters)
      opened = handle.fd
      return handle
    })
    await expect(openFile('folder/file', access)).rejects.toThrow(/outside/)
    expect(opened).toBeGreaterThan(2)
    expect(() => fstatSync(opened)).toThrow(/EBADF/)
  })
})

describe('SEC-36 what is refused is not touched', () => {
  beforeEach(() => void vi.mocked(open).mockClear())

  test('a path that leads outside by its words is not looked up on the disk', async () => {
    vi.mocked(realpath).mockClear()
    await expect(openFile('../outside/file', access)).rejects.toThrow(/outside/)
    expect(vi.mocked(realpath).mock.calls).toEqual([[access.root]])
  })
  test('a folder and a FIFO are not opened: opening a device can have effects', async () => {
    execFileSync('mkfifo', [at('root/fifo')])
    for (const path of ['folder', 'fifo']) await expect(openFile(path, access)).rejects.toThrow(/regular file/)
    expect(open).not.toHaveBeenCalled()
  })
})
