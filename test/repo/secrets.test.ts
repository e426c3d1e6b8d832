import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-pattern'
import { describe, expect, test } from 'vitest'
import { API_KEY_PATTERN, makeApiKey } from '../../shared/identity/api-key.ts'
import { chance } from '../helpers/chance.ts'
import { ROOT, read } from './files.ts'

interface Published {
  readonly rules: readonly { readonly id: string; readonly options: { readonly patterns: readonly Pattern[] } }[]
}
interface Pattern {
  readonly name: string
  readonly patterns: readonly string[]
}
const published = JSON.parse(read('docs/secretlintrc.json')) as Published
const rules = published.rules.map(({ id, options }) => ({ id, options, rule: creator }))

/** What the scanner finds in a text. */
async function findings(filePath: string, content: string): Promise<string[]> {
  const { messages } = await lintSource({
    source: { filePath, content, contentType: 'text' },
    options: { config: { rules }, noPhysicFilePath: true },
  })
  return messages.map(({ range: [start, end] }) => content.slice(start, end))
}

/** Everything that is in the repository or about to be; a lockfile holds checksums and no keys. */
function files(): { path: string; content: string }[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  return [...new Set(listed.toString().split('\0'))].flatMap(path => {
    if (path === '' || path.endsWith('package-lock.json') || !existsSync(join(ROOT, path))) return []
    const bytes = readFileSync(join(ROOT, path))
    return bytes.includes(0) ? [] : [{ path, content: bytes.toString() }]
  })
}

// Made here, so that no file holds one.
const { text } = makeApiKey('user_01KA3PZ6WQ8VXN4T2R9D5HJYMB', chance('a planted key'))
const planted = text.reveal()

describe('SEC-15 keys in public code', () => {
  test('the published rule is the form that our keys have', () => {
    expect(published.rules.map(({ options }) => options)).toEqual([
      { patterns: [{ name: 'Pulse API key', patterns: [`/${API_KEY_PATTERN}/`] }] },
    ])
  })

  test.each([
    ['a line of a shell', `curl -H 'Authorization: Bearer ${planted}' https://pulse.example/api/v1/tasks`],
    ['a file of settings', `PULSE_API_KEY=${planted}\nPORT=3000\n`],
    ['JSON', JSON.stringify({ key: planted })],
    ['source', `const client = new Pulse({ apiKey: "${planted}" })`],
    ['a link', `https://pulse.example/?key=${planted}&x=1`],
    ['the middle of a long line', `${'x'.repeat(100_000)} ${planted} ${'y'.repeat(100_000)}`],
  ])('a key in %s is found', async (_, content) => {
    expect(await findings('planted.txt', content)).toEqual([planted])
  })

  test('what only looks a little like one is not', async () => {
    const harmless = `pk_live_<id>_<secret>_<checksum> pk_live_123 ${planted.replace('pk_live_', 'pk_test_')}`
    expect(await findings('harmless.txt', harmless)).toEqual([])
  })

  test('the repository holds none', async () => {
    const all = files()
    expect(all.length).toBeGreaterThan(300)
    expect(all.map(({ path }) => path)).toContain('test/repo/secrets.test.ts')
    const found = await Promise.all(
      all.map(async ({ path, content }) => ({ path, found: await findings(path, content) })),
    )
    expect(found.filter(each => each.found.length > 0)).toEqual([])
  })
})
