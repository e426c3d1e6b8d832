// `npm run reliability` plays 20,000 histories and everything else that docs/reliability.md tells of, and writes its figures to
// docs/reliability.json and into the page; `--seeds N` plays fewer, `--only histories|plants|calls|embedded` keeps the figures of the others.
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Exhausted, everyPair, everySingle } from '../test/sim/crash/exhaust.ts'
import { core, scenarios } from '../test/sim/crash/scenarios.ts'
import { faultNames } from '../test/sim/fault-kinds.ts'
import { redundant } from '../test/sim/plants/redundant.ts'
import { catchEmbeddedPlants, catchPlants } from '../test/sim/run/catch.ts'
import { runOnAws } from '../test/sim/run/on-aws.ts'
import { runOnOneMachine } from '../test/sim/run/on-one-machine.ts'
import {
  type Caught,
  type EmbeddedReport,
  embeddedReport,
  type HistoriesReport,
  historiesReport,
} from '../test/sim/run/report.ts'
import { tell, tellEmbedded } from '../test/sim/run/tell.ts'
import { readHazards } from './docs/hazards.ts'
import { type Calls, countProcesses, REPORT, type ReliabilityReport, readReport } from './docs/reliability.ts'
import { generatedFiles } from './generate-docs.ts'
import { testsById } from './test-names.ts'

const ROOT = new URL('../', import.meta.url)
const PAGE = 'docs/reliability.md'
/** Progress is told so often. */
const TOLD = 1_000

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20000' }, only: { type: 'string' } } })
const seeds = Number(values.seeds)
if (!Number.isSafeInteger(seeds) || seeds < 1) throw new TypeError(`"${values.seeds}" is no number of histories`)
const say = (line: string) => void process.stdout.write(`${line}\n`)
const before = existsSync(new URL(REPORT, ROOT)) ? readReport() : undefined

/** @throws when a promise is broken, or a kind of fault was never seen */
async function playHistories(): Promise<HistoriesReport> {
  const startedAt = performance.now()
  let told = 0
  const summary = await runOnAws({ from: 1, seeds }, {}, ({ histories }) => {
    if (histories < told + TOLD) return
    told = histories
    say(`${histories} histories`)
  })
  if (summary.found) throw new Error(await tell(summary.found, { variation: {}, isAlone: false }))
  const unseen = faultNames.filter(name => !summary.faults[name])
  if (unseen.length > 0) throw new Error(`these faults have never happened: ${unseen.join(', ')}`)
  return historiesReport(summary, 1, (performance.now() - startedAt) / 1_000)
}

/** A history on one machine is as good as another after so many. */
const EMBEDDED_SHARE = 10

/** @throws when a promise is broken, or a rule is not missed */
async function playEmbedded(): Promise<EmbeddedReport> {
  const startedAt = performance.now()
  const summary = await runOnOneMachine({ from: 1, seeds: Math.ceil(seeds / EMBEDDED_SHARE) })
  if (summary.found) throw new Error(await tellEmbedded(summary.found))
  const passed = (performance.now() - startedAt) / 1_000
  return embeddedReport(summary, passed, missed(await catchEmbeddedPlants(say)))
}

/** @throws when a rule is not missed */
function missed(caught: readonly Caught[]): Required<Caught>[] {
  return caught.map(({ name, seed, promise }) => {
    if (seed === undefined || promise === undefined) throw new Error(`nobody has missed the rule of ${name}`)
    return { name, seed, promise }
  })
}

async function failCalls(): Promise<Calls> {
  const [single, pairs] = [await all(scenarios, everySingle), await all(core, everyPair)]
  return { stories: scenarios.length, single, pairStories: core.length, pairs }
}

async function all<Scenario>(some: readonly Scenario[], play: (one: Scenario) => Promise<Exhausted>): Promise<number> {
  let sum = 0
  for (const each of some) {
    const { plays, broken } = await play(each)
    if (broken[0] !== undefined) throw new Error(broken[0])
    sum += plays
  }
  return sum
}

function unnamed(): string[] {
  const { due, later } = readHazards()
  const named = testsById()
  const ids = [...Object.keys(due), ...later.flatMap(each => Object.keys(each.ids))]
  return ids.filter(id => id.startsWith('H') && !named.has(id))
}

/** A part of the report: made anew, unless only another one is wanted. */
async function part<Name extends 'histories' | 'plants' | 'calls' | 'embedded'>(
  name: Name,
  make: () => Promise<ReliabilityReport[Name]>,
): Promise<ReliabilityReport[Name]> {
  return before && values.only !== undefined && values.only !== name ? before[name] : make()
}

const report: ReliabilityReport = {
  histories: await part('histories', playHistories),
  plants: await part('plants', async () => missed(await catchPlants(say))),
  redundant: redundant.map(({ name }) => name),
  calls: await part('calls', failCalls),
  embedded: await part('embedded', playEmbedded),
  processes: countProcesses(),
  unnamed: unnamed(),
}
writeFileSync(new URL(REPORT, ROOT), `${JSON.stringify(report, undefined, 2)}\n`)
writeFileSync(new URL(PAGE, ROOT), generatedFiles().get(PAGE) ?? '')
say(`${REPORT} and ${PAGE} written`)
