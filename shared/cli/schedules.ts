import { errorCodes } from '../core/errors.ts'
import { readSettings, SettingRefused } from '../runtime/settings.ts'
import { type Occurrence, Pulse, PulseClientError, type ScheduleSummary } from '../sdk/index.ts'
import { isPathSegment } from '../sdk/path-segment.ts'
import { isApiKey } from '../sdk/transport.ts'
import {
  countOf,
  type Given,
  Misused,
  outputOf,
  readOptions,
  type VerbName,
  verbOf,
  verbs,
  wordsOf,
} from './schedules-options.ts'
import { createSchedule, editSchedule } from './schedules-requests.ts'
import { backfillTable, occurrencesTable, scheduleDetails, schedulesTable } from './schedules-table.ts'

/** What goes to standard output, in either form, and what is said beside it. */
interface Shown {
  readonly json: unknown
  readonly table: string
  readonly said?: string
}

const DEFAULT_OCCURRENCES = 50
const DEFAULT_NEXT = 5

/**
 * `pulse schedules …`: all that the API does with schedules. Data goes to standard output, the rest to standard error; the exit code is
 * that of the error.
 */
export async function schedules([verb = 'help', ...args]: readonly string[]): Promise<void> {
  // Whoever reads our output may stop before its end, as `head` does.
  process.stdout.on('error', error => {
    if (!('code' in error && error.code === 'EPIPE')) throw error
  })
  try {
    if (verb === 'help' || verb === '--help' || verb === '-h') return void process.stdout.write(usage())
    const name = verbOf(verb)
    const given = readOptions(name, args)
    if (given.flag('help')) return void process.stdout.write(`pulse schedules ${verbs[name].usage}\n`)
    const output = outputOf(given)
    const { json, table, said } = await run[name](connect(), given)
    process.stdout.write(output === 'json' ? `${JSON.stringify(json, null, 2)}\n` : table)
    if (said !== undefined) process.stderr.write(`${said}\n`)
  } catch (error) {
    process.exitCode = explain(error)
  }
}

const run: Readonly<Record<VerbName, (pulse: Pulse, given: Given) => Promise<Shown>>> = {
  async list(pulse, given) {
    wordsOf('list', given, 0)
    const found: ScheduleSummary[] = []
    for await (const schedule of pulse.schedules.list({ pageSize: 200 })) found.push(schedule)
    return { json: found, table: schedulesTable(found) }
  },
  async get(pulse, given) {
    const schedule = await pulse.schedules.get(idOf('get', given))
    return { json: schedule, table: scheduleDetails(schedule) }
  },
  async create(pulse, given) {
    const [name = ''] = wordsOf('create', given, 1)
    return one(await createSchedule(pulse, name, given), 'created')
  },
  edit: async (pulse, given) => one(await editSchedule(pulse, idOf('edit', given), given), 'changed'),
  async pause(pulse, given) {
    const reason = given.text('reason')
    return one(await pulse.schedules.pause(idOf('pause', given), { ...(reason !== undefined && { reason }) }), 'paused')
  },
  resume: async (pulse, given) => one(await pulse.schedules.resume(idOf('resume', given)), 'goes on'),
  async trigger(pulse, given) {
    const { id, state, replayed } = await pulse.schedules.trigger(idOf('trigger', given))
    return { json: { id, state, replayed }, table: `${id}\n`, said: 'one more task is submitted' }
  },
  async occurrences(pulse, given) {
    const id = idOf('occurrences', given)
    const limit = countOf('--limit', given.text('limit'), DEFAULT_OCCURRENCES)
    const found = given.flag('future') ? await future(pulse, id, limit) : await past(pulse, id, limit)
    return { json: found, table: occurrencesTable(found) }
  },
  async next(pulse, given) {
    const [id = '', count] = wordsOf('next', given, 1, 2)
    const times = await pulse.schedules.upcoming(checkId(id), { count: countOf('N', count, DEFAULT_NEXT) })
    return { json: times, table: times.map(time => `${time}\n`).join('') }
  },
  async backfill(pulse, given) {
    const id = idOf('backfill', given)
    const [from, to] = [given.text('from'), given.text('to')]
    if (from === undefined || to === undefined) throw new Misused('say which occurrences: --from TIME --to TIME')
    const { items, dryRun } = await pulse.schedules.backfill(id, { from, to, dryRun: given.flag('dry-run') })
    const made = items.filter(({ outcome }) => outcome === 'made').length
    const said = dryRun ? `${made} tasks would be made` : `${made} tasks made`
    return { json: { items, dryRun }, table: backfillTable(items), said }
  },
  async delete(pulse, given) {
    const id = idOf('delete', given)
    const removed = await pulse.schedules.remove(id)
    const said = `${id} is removed; the tasks that it made stay`
    return removed ? { ...one(removed), said } : { json: null, table: '', said }
  },
}

function one(schedule: ScheduleSummary, what?: string): Shown {
  return { json: schedule, table: schedulesTable([schedule]), ...(what && { said: `${schedule.id}: ${what}` }) }
}

function idOf(verb: VerbName, given: Given): string {
  return checkId(wordsOf(verb, given, 1)[0] ?? '')
}

function checkId(id: string): string {
  if (isPathSegment(id)) return id
  throw new Misused(`"${id}" is no id of a schedule`)
}

async function past(pulse: Pulse, id: string, limit: number): Promise<Occurrence[]> {
  const found: Occurrence[] = []
  for await (const occurrence of pulse.schedules.occurrences(id, { pageSize: Math.min(limit, 200) })) {
    found.push(occurrence)
    if (found.length === limit) break
  }
  return found
}

async function future(pulse: Pulse, id: string, count: number): Promise<Occurrence[]> {
  return (await pulse.schedules.upcoming(id, { count })).map(scheduledFor => ({ scheduledFor }))
}

/** The server that PULSE_URL names, or the one that `pulse dev` starts here. */
function connect(): Pulse {
  const { PULSE_URL, PULSE_API_KEY } = process.env
  // Not even a part of it is shown.
  if (PULSE_API_KEY && !isApiKey(PULSE_API_KEY))
    throw new Misused('PULSE_API_KEY holds a space, a line break or what is not ASCII: set the key as it was issued')
  try {
    return new Pulse({ url: PULSE_URL || localUrl(), maxRetries: 1, ...(PULSE_API_KEY && { apiKey: PULSE_API_KEY }) })
  } catch (error) {
    if (error instanceof TypeError) throw new Misused(`PULSE_URL: ${error.message}`)
    throw error
  }
}

function localUrl(): string {
  const { PORT, PULSE_TLS_CERT } = readSettings(process.env)
  return `${PULSE_TLS_CERT === undefined ? 'http' : 'https'}://127.0.0.1:${PORT}`
}

/** @returns the exit code */
function explain(error: unknown): number {
  if (error instanceof Misused || error instanceof SettingRefused) return say(error.message, 2)
  if (error instanceof PulseClientError) return say(error.message, exitCodes[error.code] ?? 1)
  throw error
}

const exitCodes: Readonly<Record<string, number | undefined>> = Object.fromEntries(
  Object.entries(errorCodes).map(([code, { exitCode }]) => [code, exitCode]),
)

function say(line: string, exitCode: number): number {
  process.stderr.write(`pulse: ${line}\n`)
  return exitCode
}

function usage(): string {
  const lines = Object.values(verbs).map(({ usage }) => `pulse schedules ${usage}\n`)
  return `${lines.join('')}
Options of create and edit: --payload JSON, --priority 1…5, --overlap allow|skip, --catch-up skip|one|N, --jitter LENGTH,
--start-at TIME, --end-at TIME, --description TEXT, --tag KEY=VALUE…; of create: --paused. Of all: -o table|json.
PULSE_URL names the server (http://127.0.0.1:3000 when absent), PULSE_API_KEY holds the key.
`
}
