import { createHash } from 'node:crypto'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { checksumFile } from '../../tasks/checksum-file.ts'
import { discardReason, fakeContext } from './context.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pulse-checksum-'))
})
beforeEach(() => {
  vi.stubEnv('PULSE_FILES_ROOT', root)
  return () => vi.unstubAllEnvs()
})
afterAll(() => rm(root, { recursive: true, force: true }))

test.each([
  ['empty', '', 0],
  ['one-line', 'hello\n', 1],
  ['no newline at the end', 'a\nb', 1],
  ['newlines only', '\n\n\n', 3],
  ['larger than a chunk', 'line of text\n'.repeat(50_000), 50_000],
])('SHA-256, bytes and newlines of a file: %s', async (path, text, lines) => {
  await writeFile(join(root, path), text)
  const result = await checksumFile.run({ path }, fakeContext())
  expect(result).toEqual({ sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length, lines })
})

test('progress rises to 100', async () => {
  await writeFile(join(root, 'big'), Buffer.alloc(1_000_000))
  const context = fakeContext()
  await checksumFile.run({ path: 'big' }, context)
  expect(context.reported.map(([percent]) => percent)).toEqual([26, 52, 78, 100])
  expect(context.reported.at(-1)).toEqual([100, '1000000 of 1000000 bytes'])
})

test('SEC-36 a path that cannot be read ends the task at once, with the reason', async () => {
  expect(discardReason(await checksumFile.run({ path: '../x' }, fakeContext()))).toMatch(/outside/)
  expect(discardReason(await checksumFile.run({ path: 'missing' }, fakeContext()))).toBe('"missing" does not exist')
})

test('an aborted signal stops the reading', async () => {
  await writeFile(join(root, 'long'), Buffer.alloc(2_000_000))
  const controller = new AbortController()
  const progress = () => controller.abort(new Error('told to stop'))
  await expect(
    checksumFile.run({ path: 'long' }, fakeContext({ signal: controller.signal, progress })),
  ).rejects.toThrow('told to stop')
})

test('a file that shrinks while it is read fails the attempt, so that another one reads it whole', async () => {
  await writeFile(join(root, 'shrinking'), Buffer.alloc(2_000_000))
  let cut: Promise<void> | undefined
  const original = await import('node:fs/promises')
  const probe = await original.open(join(root, 'shrinking'))
  const prototype: { read: (...parameters: unknown[]) => Promise<unknown> } = Object.getPrototypeOf(probe)
  await probe.close()
  const read = prototype.read
  const spy = vi.spyOn(prototype, 'read').mockImplementation(async function (this: unknown, ...parameters) {
    cut ??= truncate(join(root, 'shrinking'), 300_000)
    await cut
    return read.apply(this, parameters)
  })
  await expect(checksumFile.run({ path: 'shrinking' }, fakeContext())).rejects.toThrow(
    'the file lost 1700000 bytes while it was read',
  )
  spy.mockRestore()
})

test('the input is checked strictly', async () => {
  const validate = (value: unknown) => checksumFile.input?.['~standard'].validate(value)
  expect(await validate({ path: 'a' })).toEqual({ value: { path: 'a' } })
  for (const wrong of [
    {},
    { path: '' },
    { path: 1 },
    { path: 'a', extra: 1 },
    { path: 'x'.repeat(4_097) },
    null,
    'a',
  ]) {
    expect(await validate(wrong), JSON.stringify(wrong)).toHaveProperty('issues')
  }
})
