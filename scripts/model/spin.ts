import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Setting } from '../../model/rules.ts'

const MODEL = fileURLToPath(new URL('../../model/task.pml', import.meta.url))
const MEMORY_MB = 1_500
/** Steps of the longest history that is followed. */
const DEPTH = 200_000
const LIMIT_MS = 240_000

export interface Search {
  readonly errors: number
  readonly states: number
  readonly depth: number
  /** No limit of depth or memory was hit: every state that can be reached was looked at. */
  readonly complete: boolean
  /** What was found, in the checker's words. */
  readonly found: string | undefined
  readonly seconds: number
}

/** Which program is missing here; undefined when the model can be checked. */
export async function whyNoModel(): Promise<string | undefined> {
  for (const [program, version] of [
    ['spin', '-V'],
    ['gcc', '--version'],
  ] as const) {
    const { error } = await run(program, [version], tmpdir())
    if (error) return `${program} is not installed`
  }
  return undefined
}

/** Searches the whole space of a setting; with a rule removed, up to the first error. */
export async function search({ defines, isLiveness }: Setting, without?: string): Promise<Search> {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-model-'))
  const started = performance.now()
  try {
    const flags = [...defines, ...(isLiveness ? ['LIVE'] : []), ...(without === undefined ? [] : [without])]
    await must('spin', ['-a', ...flags.map(flag => `-D${flag}`), MODEL], folder)
    const kind = isLiveness ? '-DNFAIR=3' : '-DSAFETY'
    const speed = without === undefined ? '-O2' : '-O1'
    await must('gcc', [speed, '-w', kind, `-DMEMLIM=${MEMORY_MB}`, '-o', 'pan', 'pan.c'], folder)
    const { stdout } = await run('./pan', [`-m${DEPTH}`, '-w23', ...(isLiveness ? ['-a', '-f'] : [])], folder)
    return { ...read(stdout), seconds: (performance.now() - started) / 1_000 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function read(text: string): Omit<Search, 'seconds'> {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN)
  return {
    errors: number(/errors: (\d+)/),
    states: number(/(\S+) states, stored/),
    depth: number(/depth reached (\d+)/),
    complete:
      /errors: \d/.test(text) && !/max search depth too small|Search not completed|MEMLIM|out of memory/.test(text),
    found: /^pan:\d+: (.*)$/m.exec(text)?.[1]?.replace(/ \(at depth \d+\)/, ''),
  }
}

async function must(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { error, stdout, stderr } = await run(program, args, cwd)
  if (error) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })
}

interface Ran {
  readonly error: Error | null
  readonly stdout: string
  readonly stderr: string
}

function run(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise(resolve => {
    execFile(program, args, { cwd, timeout: LIMIT_MS, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    )
  })
}
