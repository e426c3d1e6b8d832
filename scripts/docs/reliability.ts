import { readFileSync } from 'node:fs'
import { embeddedFaults, embeddedKinds } from '../../test/sim/embedded/faults.ts'
import { faultKinds, faultNames } from '../../test/sim/fault-kinds.ts'
import type { Caught, EmbeddedReport, HistoriesReport, Times } from '../../test/sim/run/report.ts'

/** What a run of `npm run reliability` has found out. */
export interface ReliabilityReport {
  readonly histories: HistoriesReport
  readonly plants: readonly Required<Caught>[]
  /** Rules without which every promise still holds. */
  readonly redundant: readonly string[]
  readonly calls: Calls
  /** On one machine and one SQLite file. */
  readonly embedded: EmbeddedReport
  readonly processes: Processes
  /** Ids of hazards that no test names. */
  readonly unnamed: readonly string[]
}

/** Stories in which calls fail, one by one and in pairs. */
export interface Calls {
  readonly stories: number
  readonly single: number
  readonly pairStories: number
  readonly pairs: number
}

/** What is done to real processes on each push. */
export interface Processes {
  readonly kills: number
  readonly killsAtStart: number
  readonly histories: number
}

export const REPORT = 'docs/reliability.json'
const ROOT = new URL('../../', import.meta.url)

export function readReport(): ReliabilityReport {
  return JSON.parse(readFileSync(new URL(REPORT, ROOT), 'utf8')) as ReliabilityReport
}

/** Read where they are: whoever changes a suite changes its figure. */
export function countProcesses(): Processes {
  const kill = readFileSync(new URL('test/e2e/kill.test.ts', ROOT), 'utf8')
  const processes = readFileSync(new URL('test/processes/processes.test.ts', ROOT), 'utf8')
  const kills = numberIn(kill, /E2E_KILLS \?\? (\d+)\)/)
  return {
    kills,
    killsAtStart: Math.floor(kills / numberIn(kill, /number % (\d+) === 0\) await killAtStart/)),
    histories: [...processes.matchAll(/^ {2}test\('\d+ /gm)].length,
  }
}

function numberIn(text: string, pattern: RegExp): number {
  const [, number] = pattern.exec(text) ?? []
  if (number === undefined) throw new Error(`there is no ${pattern} any more`)
  return Number(number)
}

export function simulatedTable(): string {
  const { histories, plants, redundant, calls } = readReport()
  return table(
    ['what', 'how much'],
    [
      [
        'histories',
        `${count(histories.seeds)}, seeds ${count(histories.from)} to ${count(histories.from + histories.seeds - 1)}`,
      ],
      ['of these, played twice and found the same, and once more through the whole SDK', count(histories.again)],
      ['events in them', count(histories.events)],
      ['rate, on a machine as busy as it was', `${histories.perSecond} a second (${histories.machine})`],
      ['kinds of fault, each seen', String(faultNames.length)],
      ['distinct changes of state under a fault: from, to, by what, under which', count(histories.triples)],
      ['rules that can be taken out, each missed by a promise', String(plants.length)],
      ['rules that another one covers, with the reason', String(redundant.length)],
      [`one failed call, for each call of ${calls.stories} stories and in 8 ways (P5)`, `${count(calls.single)} plays`],
      [`two failed calls, all pairs of ${calls.pairStories} stories (P5)`, `${count(calls.pairs)} plays`],
    ],
  )
}

export function recoveryTable(): string {
  const { deaths, claimable, next, histogram } = readReport().histories.recovery
  const line = (name: string, { p50, p99, max }: Times) => [name, ...[p50, p99, max].map(seconds)]
  const summary = table(
    [`from the death of a worker, over ${count(deaths)} of them`, 'p50', 'p99', 'longest'],
    [line('until its task could be claimed (P6)', claimable), line('until the next attempt, or an end', next)],
  )
  const bins = histogram.map(({ upToMs, ...bin }) => [
    upToMs === Number.MAX_SAFE_INTEGER ? 'longer' : `at most ${upToMs / 1_000} s`,
    count(bin.claimable),
    count(bin.next),
  ])
  return `${summary}\n\n${table(['it took', 'until it could be claimed', 'until the next attempt, or an end'], bins)}`
}

export function faultsTable(): string {
  const { faults } = readReport().histories
  const rows = faultNames.map(name => [`\`${name}\``, faultKinds[name].does, count(faults[name])])
  return table(['kind', 'what happens', 'times'], rows)
}

export function plantsTable(): string {
  const { plants, redundant } = readReport()
  const rows = plants.map(({ name, promise, seed }) => [`\`${name}\``, promise, String(seed)])
  return `${table(['without the rule', 'breaks', 'first seen with seed'], rows)}

Covered by another rule (\`test/sim/plants/redundant.ts\`): ${redundant.map(name => `\`${name}\``).join(', ')}.`
}

export function embeddedTable(): string {
  const { seeds, again, events, perSecond, deaths, claimable, faults, plants } = readReport().embedded
  const figures = table(
    ['on one machine', 'how much'],
    [
      ['histories', count(seeds)],
      ['of these, played twice and found the same', count(again)],
      ['events in them', count(events)],
      ['rate', `${perSecond} a second`],
      [
        `from the death of a process until its task could be claimed, over ${count(deaths)} tasks`,
        `p50 ${seconds(claimable.p50)}, p99 ${seconds(claimable.p99)}, longest ${seconds(claimable.max)}`,
      ],
      ['rules taken out, and what missed them', plants.map(({ name, promise }) => `\`${name}\` ${promise}`).join(', ')],
    ],
  )
  const kinds = embeddedFaults.map(name => [`\`${name}\``, embeddedKinds[name].does, count(faults[name] ?? 0)])
  return `${figures}\n\n${table(['kind', 'what happens', 'times'], kinds)}`
}

export function untestedList(): string {
  const { unnamed } = readReport()
  return unnamed.length === 0
    ? 'Every known hazard is named by a test.'
    : `Hazards that no test names, all of them of parts that do not exist yet: ${unnamed.join(' ')}.`
}

export function processesTable(): string {
  const { kills, killsAtStart, histories } = countProcesses()
  return table(
    ['what', 'with', 'how much'],
    [
      [
        'SIGKILL while clients submit, and while it starts',
        '`npm run test:kill`',
        `${kills} kills under load and ${killsAtStart} during a start; \`E2E_KILLS=2000\` for a longer run`,
      ],
      [
        'processes killed, stopped and started, behind a network that fails',
        '`npm run test:processes`',
        `${histories} histories, below`,
      ],
    ],
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
