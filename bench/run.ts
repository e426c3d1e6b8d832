import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BacklogFigures } from './backlog.ts'
import { measureBacklogs } from './backlogs.ts'
import type { HttpFigures } from './http.ts'
import { startPeers } from './peers/list.ts'
import { median, table } from './table.ts'

/**
 * Everything in one run, contenders in turn, so that the machine's mood meets all of them: what counts is medians and ratios.
 * `npm run bench` measures Pulse and the bare limit; `npm run bench:peers` also the peers; `--smoke` proves that it runs.
 */
const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    peers: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    backlog: { type: 'string', default: '1000000' },
  },
})
const smoke = given.smoke
const rounds = smoke ? 1 : Number(given.rounds)
const sizes = smoke
  ? ['--tasks', '1000', '--idle', '20', '--warmup', '0']
  : ['--tasks', '10000', '--idle', '300', '--warmup', '5']

interface Figures {
  readonly name: string
  readonly version: string
  readonly submitPerSecond: number
  readonly drainPerSecond: number
  readonly settledPerSecond: number
  readonly idleMs?: { readonly p50: number; readonly p95: number; readonly p99: number }
}

const here = import.meta.dirname
const own = [
  { name: 'pulse', command: [process.execPath, join(here, 'pulse.ts')], env: {} },
  { name: 'limit', command: [process.execPath, join(here, 'limit.ts')], env: {} },
]

const peers = given.peers ? await startPeers() : undefined
const results = new Map<string, Figures[]>()
try {
  for (let round = 1; round <= rounds; round++) {
    for (const { name, command, env } of [...own, ...(peers?.contenders ?? [])]) {
      // The Go programs take no warm-up: nothing in them is compiled while it runs.
      const goProgram = command.length === 1
      const figures = await run<Figures>(command, goProgram ? sizes.slice(0, 4) : sizes, env)
      results.set(name, [...(results.get(name) ?? []), figures])
      console.error(
        `round ${round}/${rounds} ${name}: submit ${figures.submitPerSecond}/s, settled ${figures.settledPerSecond}/s`,
      )
    }
  }
} finally {
  await peers?.stop()
}

const http = await run<HttpFigures>(
  [process.execPath, join(here, 'http.ts')],
  smoke ? ['--seconds', '1', '--rounds', '1'] : [],
  {},
)
const scenarios = smoke ? ['1000', '20000', 'paused:20000'] : ['1000', given.backlog, `paused:${given.backlog}`]
const backlogs = await measureBacklogs(scenarios, smoke ? ['--tasks', '500', '--rounds', '1'] : ['--rounds', '9'])
report()

function report(): void {
  const rows = [...results].map(([name, all]) => {
    const submit = median(all.map(each => each.submitPerSecond))
    const settled = median(all.map(each => each.settledPerSecond))
    const idle = (percentile: 'p50' | 'p95' | 'p99') => median(all.flatMap(each => each.idleMs?.[percentile] ?? []))
    const drain = median(all.map(each => each.drainPerSecond))
    const endToEnd = median(all.map(each => 1 / (1 / each.submitPerSecond + 1 / each.settledPerSecond)))
    return {
      name,
      version: all[0]?.version ?? '',
      submit,
      drain,
      settled,
      endToEnd,
      p50: idle('p50'),
      p95: idle('p95'),
      p99: idle('p99'),
    }
  })
  console.log(table(rows))
  const pulse = rows.find(row => row.name === 'pulse')
  const ratios = rows
    .filter(row => row !== pulse)
    .map(row => ({
      'pulse : ': row.name,
      submit: ratio(pulse?.submit, row.submit),
      drain: ratio(pulse?.drain, row.drain),
      settled: ratio(pulse?.settled, row.settled),
      endToEnd: ratio(pulse?.endToEnd, row.endToEnd),
    }))
  console.log(table(ratios))
  console.log(table([{ 'HTTP submit': http.submitPerSecond, 'bare echo': http.echoPerSecond, ratio: http.ratio }]))
  console.log(
    table(
      backlogs.map(({ scenario, submitPerSecond, drainPerSecond, rounds: each, idleMs, rssMb, fileMb }) => ({
        backlog: scenario,
        submit: submitPerSecond,
        drain: drainPerSecond,
        'submit : 1st': againstFirst(each, 0),
        'drain : 1st': againstFirst(each, 1),
        p50: idleMs?.p50,
        p95: idleMs?.p95,
        p99: idleMs?.p99,
        rssMb,
        fileMb,
      })),
    ),
  )
  const folder = join(here, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`)
  writeFileSync(
    file,
    JSON.stringify(
      { cores: availableParallelism(), rounds, results: Object.fromEntries(results), http, backlogs },
      null,
      2,
    ),
  )
}

/** Median of the ratios of the rounds, which took turns. */
function againstFirst(rounds: BacklogFigures['rounds'], figure: 0 | 1): number {
  return median(rounds.map((round, index) => round[figure] / (backlogs[0]?.rounds[index]?.[figure] ?? Number.NaN)))
}

function ratio(a: number | undefined, b: number): string {
  return a === undefined ? '' : (a / b).toFixed(2)
}

/** Runs a program that prints one line of JSON. */
function run<T>([program = '', ...script]: string[], args: string[], env: Record<string, string>): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...script, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', code => {
      if (code !== 0) reject(new Error(`${script[0] ?? program} ended with code ${code}`))
      // What crosses is what the programs of this folder print.
      else resolve(JSON.parse(output.trim().split('\n').at(-1) ?? '') as T)
    })
  })
}
