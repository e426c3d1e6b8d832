import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generatedFiles } from '../../scripts/generate-docs.ts'
import { filesIn, ROOT, read } from './files.ts'

const documents = filesIn('.').filter(path => /^[A-Z]+\.md$|^docs\/.*\.md$/.test(path))
const exists = (path: string) => existsSync(join(ROOT, path))

describe('what follows from the code is fresh: `npm run docs` writes it', () => {
  test.each([...generatedFiles()])('%s', (path, expected) => {
    expect(read(path)).toBe(expected)
  })
})

test('scripts for readers can be started', () => {
  const scripts = filesIn('examples').filter(path => path.endsWith('.sh'))
  expect(scripts.filter(path => (statSync(join(ROOT, path)).mode & 0o111) === 0)).toEqual([])
})

describe.each(documents)('%s', path => {
  const text = read(path)

  test('links lead somewhere', () => {
    const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const dead = links.filter(target => !/^https?:/.test(target) && !resolves(path, target))
    expect(dead).toEqual([])
  })

  test('paths that it names exist', () => {
    const named = [
      ...text.matchAll(/`((?:bin|bench|docs|examples|functions|lib|scripts|shared|tasks|test)\/[\w./-]*)`/g),
    ]
    const missing = named.map(([, name = '']) => name).filter(name => !exists(name))
    expect(missing).toEqual([])
  })

  test('npm scripts that it names exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test))\b/g)].map(match => match[1] ?? match[2] ?? '')
    expect(named.filter(name => !(name in scripts))).toEqual([])
  })

  test('settings that it names exist', () => {
    const known = read('.env.example')
    const named = new Set(text.match(/\bPULSE_[A-Z_]+\b/g))
    // Of the client, the examples and the scripts for emulators, not of the server.
    for (const other of ['PULSE_URL', 'PULSE_API_KEY', 'PULSE_STACK', 'PULSE_STACK_PORT']) named.delete(other)
    expect([...named].filter(name => !known.includes(`#${name}=`))).toEqual([])
  })
})

test('every setting that the code reads is in .env.example', () => {
  const sources = ['bin', 'shared', 'tasks'].flatMap(filesIn).map(read).join('\n')
  const names = new Set([...sources.matchAll(/\b(?:env|settings)\.(PULSE_[A-Z_]+)\b/g)].map(([, name = '']) => name))
  expect(names.size).toBeGreaterThan(5)
  const known = read('.env.example')
  expect([...names].filter(name => !known.includes(`#${name}=`))).toEqual([])
})

test('every command line of the program is in the documentation', () => {
  const commands = [...read('bin/pulse.ts').matchAll(/case '(\w+)':/g)].map(([, name]) => name)
  const told = documents.map(read).join('\n')
  expect(commands.filter(name => !told.includes(`pulse ${name}`) && !told.includes(`pulse -- ${name}`))).toEqual([])
})

function resolves(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? from : normalize(join(dirname(from), file))
  if (!exists(path)) return false
  return anchor === undefined || anchorsOf(read(path)).includes(anchor)
}

/** As GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}
