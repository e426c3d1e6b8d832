import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { between, DEFAULT_URL, type Step, stepsOf } from '../../scripts/docs/tour.ts'
import { firstUrl, ROOT, read } from './files.ts'

const readme = read('README.md')
const tour = stepsOf(between(readme, 'tour'))
const ownTask = between(readme, 'own-task')
const own = stepsOf(ownTask)

/** Ignored by git, and inside the project, so that its packages are found. */
let folder = ''
const children: ChildProcess[] = []
beforeAll(() => {
  mkdirSync(join(ROOT, '.pulse'), { recursive: true, mode: 0o700 })
  folder = mkdtempSync(join(ROOT, '.pulse/readme-'))
})
afterAll(async () => {
  await Promise.all(children.map(stop))
  rmSync(folder, { recursive: true, force: true })
})

/** Where its tools are missing there is nothing to show. */
const tools = ['bash', 'git', 'curl'].every(command => spawnSync(command, ['--version']).status === 0)

describe.skipIf(!tools)('the tour of the README', () => {
  let outputs: string[] = []
  beforeAll(async () => {
    outputs = await run(tour, await serve())
  }, 60_000)

  test.each(tour.map((step, index) => [index, firstLine(step), step] as const))('%i: %s', (index, _line, { shown }) => {
    const output = outputs[index] ?? ''
    if (shown?.language === 'json') expect(JSON.parse(output)).toMatchObject(asPattern(JSON.parse(shown.text)))
    else if (shown) expectLines(output, shown.text)
  })

  test('shows the answer of all but its first command', () => {
    expect(tour.filter(({ shown }) => !shown)).toEqual(tour.slice(0, 1))
  })
})

test.skipIf(!tools)('the task that the README writes does what it says', async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(ownTask)?.[1] ?? ''
  writeFileSync(join(folder, 'index.ts'), code.replace('../shared/', '../../shared/'))
  const [, output = ''] = await run(
    [{ heading: '', commands: tour[0]?.commands ?? '' }, ...own],
    await serve({ PULSE_TASKS: folder }),
  )
  expect(JSON.parse(output)).toMatchObject(asPattern(JSON.parse(own[0]?.shown?.text ?? '')))
})

test('the state diagram is shown to who starts here', () => {
  expect(readme).toContain('stateDiagram-v2')
})

async function serve(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(process.execPath, ['bin/pulse.ts', 'dev'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', PULSE_DATA: ':memory:', PULSE_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return firstUrl(child)
}

/** At once: a task of the tour is still asleep. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const MARK = '=== next step ==='

/** Runs the blocks in one shell, as a reader does. */
async function run(steps: readonly Step[], url: string): Promise<string[]> {
  const script = steps.map(({ commands }) => commands.replace(DEFAULT_URL, url)).join(`\nprintf '\\n${MARK}\\n'\n`)
  const env = { ...process.env, NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' }
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      'bash',
      ['-euc', script],
      { cwd: ROOT, env, timeout: 50_000, maxBuffer: 16_777_216 },
      (error, out, errors) => {
        if (error) reject(new Error(`a command of the README failed: ${errors || error.message}\n${out}`))
        else resolve(out)
      },
    )
  })
  return output.split(`\n${MARK}\n`)
}

/** What differs from run to run: it must be of the same kind, not the same. */
const kinds: readonly RegExp[] = [
  /^task_[0-9A-HJKMNP-TV-Z]{26}$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^[0-9a-f]{16}$/,
]

/** What an answer must hold to be the one that is shown; it may hold more. */
function asPattern(shown: unknown): object {
  return pattern(shown) as object // the answers shown are objects
}

function pattern(shown: unknown): unknown {
  if (Array.isArray(shown)) return shown.map(pattern)
  if (typeof shown === 'object' && shown !== null) {
    return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, pattern(value)]))
  }
  const kind = typeof shown === 'string' ? kinds.find(each => each.test(shown)) : undefined
  return kind ? expect.stringMatching(kind) : shown
}

/** Every line shown is there, in order; `…` stands for any number of others. */
function expectLines(output: string, shown: string): void {
  const lines = output.split('\n').map(plain)
  let at = 0
  for (const line of shown.split('\n').filter(each => each !== '…')) {
    const found = lines.indexOf(plain(line), at)
    expect(found, `"${line}" after line ${at} of\n${output}`).toBeGreaterThanOrEqual(at)
    at = found + 1
  }
}

function plain(line: string): string {
  return line
    .trim()
    .replace(/task_[0-9A-Z]{26}/g, '<id>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/g, '<hash>')
    .replace(/\b\d+\b/g, '<n>')
    .replace(/\s+/g, ' ')
}

function firstLine({ commands }: Step): string {
  return commands.split('\n')[0]?.slice(0, 80) ?? ''
}
