import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import type { RecordKey, StoredRecord } from '../ports/record-store.ts'
import { type EndedKeys, type EndKeysOptions, endKeys } from './end-keys.ts'
import { readKeys } from './key-row.ts'
import { USERS } from './user.ts'

/** One look at the API keys of all users, in as many runs as it takes. */
export interface JanitorPass {
  readonly startedAt: Instant
  /** Absent until all users have been looked at: the next run goes on with this pass. */
  readonly endedAt?: Instant
  /** Users whose keys have been looked at. */
  readonly users: number
  /** Keys that have been looked at. */
  readonly keys: number
  /** Keys that it has ended because their time was over. */
  readonly expired: number
  /** Keys that it has ended because nobody used them for long. */
  readonly unused: number
}

/**
 * Writes down which API keys have ended by themselves, so that they go 30 days later and make room. Whether a key is good is decided
 * without it, at every moment (`keyState`). Runs may be repeated, broken off anywhere, and happen at once.
 */
export interface Janitor {
  /**
   * Goes on with the pass that has not ended, or begins one; looks at one page of users at least.
   * @param requestId what asked for it, for the audit log
   * @throws StoreUnavailable; PulseError `unavailable` when too many run at once
   */
  run(requestId: string, hasTime: () => boolean): Promise<JanitorPass>
  /** @returns undefined when it has never run */
  last(): Promise<JanitorPass | undefined>
}

export interface JanitorOptions extends EndKeysOptions {
  /** Users whose keys are looked at together; 50 by default. */
  readonly pageUsers?: number
}

/** With the place that a pass has got to. */
interface StoredPass extends JanitorPass {
  readonly after?: string
}

interface Page extends EndedKeys {
  readonly users: number
  readonly keys: number
  /** Where the next one begins; absent for the last. */
  readonly next: string | undefined
}

const PASS: RecordKey = { partition: 'janitor', sort: 'pass' }
const PAGE_USERS = 50
const TRIES = 5

export function createJanitor(options: JanitorOptions): Janitor {
  const { records, clock, pageUsers = PAGE_USERS } = options

  /** Changes what is noted of the pass, under the version that the change was decided on. */
  async function note(change: (known: StoredPass | undefined) => StoredPass): Promise<StoredPass> {
    for (let tries = 0; tries < TRIES; tries++) {
      const record = await records.read(PASS)
      const known = record && passOf(record)
      const pass = change(known)
      if (pass === known) return pass
      if (await records.write([{ key: PASS, expect: record?.version ?? 'absent', value: pass }])) return pass
    }
    throw new PulseError('unavailable', 'the janitor runs too often at once: try again')
  }

  async function lookAtPage({ after }: StoredPass, requestId: string, hasTime: () => boolean): Promise<Page> {
    const place = { partition: USERS, limit: pageUsers, ...(after !== undefined && { after }) }
    const { records: users, next } = await records.list(place)
    const keys = (await Promise.all(users.map(({ key }) => readKeys(records, key.sort)))).flat()
    const ended = await endKeys(options, keys, requestId, hasTime)
    return { ...ended, users: users.length, keys: keys.length, next }
  }

  return {
    async run(requestId, hasTime) {
      const now = clock.now()
      let pass = await note(known => (known && known.endedAt === undefined ? known : begun(now)))
      do {
        const from = pass
        const page = await lookAtPage(from, requestId, hasTime)
        pass = await note((known = from) => advanced(known, from, page, clock.now()))
      } while (pass.endedAt === undefined && hasTime())
      return pass
    },
    async last() {
      const record = await records.read(PASS)
      return record && passOf(record)
    },
  }
}

function begun(startedAt: Instant): StoredPass {
  return { startedAt, users: 0, keys: 0, expired: 0, unused: 0 }
}

/** A page that two runs were at counts for the one that was quicker; what each of them has ended counts for both. */
function advanced(known: StoredPass, from: StoredPass, page: Page, now: Instant): StoredPass {
  const { users, keys, expired, unused, isWhole, next } = page
  const counted = { ...known, expired: known.expired + expired, unused: known.unused + unused }
  const isThere = known.startedAt === from.startedAt && known.after === from.after && known.endedAt === undefined
  if (!isThere || !isWhole) return expired + unused > 0 ? counted : known
  const { after: _, ...rest } = counted
  const end = next === undefined ? { endedAt: now } : { after: next }
  return { ...rest, users: known.users + users, keys: known.keys + keys, ...end }
}

function passOf(record: StoredRecord): StoredPass {
  return record.value as StoredPass // written above, and by nobody else
}
