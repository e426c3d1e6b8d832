import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type Fault, faultNames } from './fault-kinds.ts'
import { plants } from './plants.ts'
import { runOnAws } from './run/on-aws.ts'
import { runOnOneMachine } from './run/on-one-machine.ts'
import { round } from './run/report.ts'
import { noneOf } from './run/shrink.ts'
import { tell, tellEmbedded } from './run/tell.ts'
import { runCommand } from './schedules/run/command.ts'
import type { Variation } from './simulate.ts'

const USAGE = `npm run sim -- [--seeds N] [--from SEED] [--plant NAME]
npm run sim -- --embedded [--seeds N] [--from SEED]
npm run sim -- --plants
npm run sim -- --schedules [--seeds N] [--from SEED] [--plant NAME] [--plants]

  --seeds N       so many histories (1000)
  --from SEED     the first one (1)
  --plant NAME    with one rule taken out
  --plants        names the rules that can be taken out, one a line
  --tasks N       so many tasks in each history, as a shrunken one says
  --without A,B   without these kinds of faults
  --embedded      on one machine and one SQLite file, instead of on AWS
  --whole-sdk     through all of the SDK instead of its retries only, which takes longer
`

function fail(why: string): never {
  process.stderr.write(`${why}\n\n${USAGE}`)
  process.exit(2)
}

function optionsOf(args: string[]) {
  try {
    const options = {
      seeds: text,
      from: text,
      plant: text,
      plants: flag,
      tasks: text,
      without: text,
      'whole-sdk': flag,
      embedded: flag,
      help: flag,
    }
    return parseArgs({ args, options }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

function numberOf(value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value)
  return Number.isSafeInteger(number) && number > 0 ? number : fail(`"${value}" is no whole number above zero`)
}

function faultsOf(list: string | undefined): Fault[] {
  return (list?.split(',') ?? []).map(
    word => faultNames.find(name => name === word) ?? fail(`there is no fault "${word}": ${faultNames.join(', ')}`),
  )
}

async function run(): Promise<number> {
  const args = process.argv.slice(2)
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  if (args.includes('--schedules')) return runCommand(args, say)
  const given = optionsOf(args)
  if (given.help) return say(USAGE) ?? 0
  // In one write, so that whoever reads only the first of them may stop there.
  if (given.plants) return say(plants.map(({ name }) => name).join('\n')) ?? 0
  const { plant } = given
  if (plant !== undefined && !plants.some(({ name }) => name === plant)) fail(`there is no plant "${plant}"`)
  const from = numberOf(given.from, 1)
  const seeds = numberOf(given.seeds, 1_000)
  const variation: Variation = {
    ...(given['whole-sdk'] && { sdk: 'whole' as const }),
    ...(given.tasks !== undefined && { settings: { tasks: numberOf(given.tasks, 1) } }),
    ...(given.without !== undefined && { rates: noneOf(faultsOf(given.without)) }),
  }
  const startedAt = performance.now()
  const wanted = { from, seeds }
  const summary = await (given.embedded ? runOnOneMachine(wanted) : runOnAws(wanted, { plant, variation }))
  const seconds = (performance.now() - startedAt) / 1_000
  const cores = availableParallelism()
  say(
    `${summary.histories} histories, ${round(seconds)} s, ${round(summary.histories / seconds)} a second on ${cores} cores`,
  )
  if (summary.found && given.embedded) say(await tellEmbedded(summary.found))
  else if (summary.found) say(await tell(summary.found, { plant, variation, isAlone: seeds === 1 }))
  else say(`every promise holds; ${summary.triples.size} distinct changes of state under a fault`)
  return summary.found ? 1 : 0
}

process.exitCode = await run()
