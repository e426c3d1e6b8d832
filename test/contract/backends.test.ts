import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { backends } from './backends.ts'

test('a skip names a test that exists, and says why', () => {
  const folder = new URL('.', import.meta.url)
  const suites = readdirSync(folder).filter(file => file.endsWith('.test.ts') && file !== 'backends.test.ts')
  const text = suites.map(file => readFileSync(new URL(file, folder), 'utf8')).join('\n')
  for (const skip of backends.flatMap(({ skips }) => skips)) {
    expect(text.includes(`test('${skip.test}'`), skip.test).toBe(true)
    expect(skip.reason).not.toBe('')
  }
})
