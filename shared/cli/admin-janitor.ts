import { randomUUID } from 'node:crypto'
import { createJanitor } from '../identity/janitor.ts'
import { askJanitor, type JanitorAnswer, type JanitorEvent, janitorAnswer } from '../runtime/aws-janitor.ts'
import { systemClock } from '../runtime/clock.ts'
import { createEntropy } from '../runtime/entropy.ts'
import { readSettings } from '../runtime/settings.ts'
import type { SqliteBackend } from '../sqlite/backend.ts'
import { message } from '../telemetry/log-events.ts'
import { type AdminFlags, askStage, inFile, misused } from './admin-place.ts'
import { fail } from './dev.ts'

/** Says what the janitor of API keys has done last; with `run`, has it look at the keys of all users first. */
export async function adminJanitor(
  [verb, ...more]: readonly string[],
  { stage, data, json = false }: AdminFlags & { readonly json?: boolean | undefined },
): Promise<void> {
  if ((verb !== undefined && verb !== 'run') || more.length > 0)
    misused('say `pulse admin janitor` for what it has done last, or `pulse admin janitor run`')
  const event: JanitorEvent = { janitor: verb ?? 'last' }
  const answer =
    data === undefined ? await askTheStage(stage, event) : await inFile(data, backend => askIn(backend, event))
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : describe(answer))
}

/** A function has half a minute; what is too much for one run is gone on with. */
async function askTheStage(stage: string | undefined, event: JanitorEvent): Promise<JanitorAnswer> {
  for (;;) {
    const answer = await askStage(stage, event, answer => janitorAnswer.parse(answer))
    if (event.janitor === 'last' || !answer || answer.done) return answer
  }
}

async function askIn({ records }: SqliteBackend, event: JanitorEvent): Promise<JanitorAnswer> {
  const clock = systemClock
  const settings = { unusedKeyMs: unusedKeyMs() }
  const janitor = createJanitor({ records, clock, entropy: createEntropy(() => clock.now()), settings })
  return askJanitor(janitor, event, randomUUID(), () => true)
}

function unusedKeyMs(): number {
  try {
    return readSettings(process.env).PULSE_UNUSED_KEYS
  } catch (error) {
    fail(message(error))
  }
}

function describe(answer: JanitorAnswer): string {
  if (!answer) return 'The janitor has not run yet.\n'
  const { startedAt, endedAt, users, keys, expired, unused } = answer
  const end = endedAt === undefined ? 'not done yet' : `done ${endedAt}`
  return `begun ${startedAt}, ${end}
keys looked at: ${keys} (users: ${users})
ended: ${expired} expired, ${unused} unused\n`
}
