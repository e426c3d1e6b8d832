import type { Instant } from '../core/task.ts'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { RecordStore, RecordWrite, StoredRecord } from '../ports/record-store.ts'

/** One line of the audit log: who did what, or tried to. Never changed, and gone after 400 days. */
export interface AuditEntry {
  readonly id: string
  readonly at: Instant
  /** Id of a user or API key; an ARN, or `local`, where there are no accounts; `janitor`; absent for who is not known. */
  readonly by?: string
  /** What was done, such as `key.create`. */
  readonly action: string
  readonly outcome: 'done' | 'denied' | 'failed'
  /** Of a refusal or failure. */
  readonly code?: string
  /** Id of what it was done to. */
  readonly target?: string
  /** Whose it is, when it is not one's own. */
  readonly owner?: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  readonly reason?: string
  /** Where the request came from, as the gateway saw it. */
  readonly address: string
  readonly requestId: string
}

export interface AuditQuery {
  readonly by?: string
  readonly action?: string
  readonly limit: number
  /** Where the page before ended. */
  readonly after?: string
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[]
  readonly next?: string
}

export interface AuditLog {
  /** @throws StoreUnavailable: then the answer is not given either */
  append(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void>
  /** Latest first. A page of a filtered list may be short, or empty with `next`. */
  list(query: AuditQuery): Promise<AuditPage>
}

const DAY_MS = 86_400_000
const RETENTION_MS = 400 * DAY_MS
/** Entries that one page of a filtered list looks at. */
const MOST_LOOKED_AT = 1_000
const PARTITION = 'audit_'

interface AuditOptions {
  readonly records: RecordStore
  readonly clock: Pick<Clock, 'now'>
  readonly entropy: Pick<Entropy, 'id'>
}

/** The write that adds an entry, for who can write what it tells of in the same moment. */
export function entryWrite(
  { clock, entropy }: Omit<AuditOptions, 'records'>,
  fields: Omit<AuditEntry, 'id' | 'at'>,
): RecordWrite {
  const at = clock.now()
  const entry: AuditEntry = { id: `audit_${entropy.id()}`, at, ...fields }
  const key = { partition: PARTITION + monthOf(at), sort: entry.id }
  return { key, expect: 'absent', value: entry, expiresAt: at + RETENTION_MS }
}

export function createAuditLog(on: AuditOptions): AuditLog {
  return {
    async append(fields) {
      await on.records.write([entryWrite(on, fields)])
    },
    async list({ by, action, limit, after }) {
      const oldest = monthOf(on.clock.now() - RETENTION_MS)
      const entries: AuditEntry[] = []
      let [month = '', position = ''] = after?.split(' ') ?? [monthOf(on.clock.now())]
      let looked = 0
      while (month >= oldest) {
        const page = await on.records.list({
          partition: PARTITION + month,
          limit: Math.min(limit, MOST_LOOKED_AT),
          backwards: true,
          ...(position !== '' && { after: position }),
        })
        for (const entry of page.records.map(entryOf)) {
          if ((by ?? entry.by) === entry.by && (action ?? entry.action) === entry.action) entries.push(entry)
          position = entry.id
          looked++
          if (entries.length === limit) return { entries, next: `${month} ${position}` }
        }
        if (page.next === undefined) {
          month = before(month)
          position = ''
        }
        if (looked >= MOST_LOOKED_AT) return { entries, next: `${month} ${position}` }
      }
      return { entries }
    },
  }
}

function entryOf(record: StoredRecord): AuditEntry {
  return record.value as AuditEntry // written above, and by nobody else
}

/** A partition for each month, so that none grows for ever. */
function monthOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 'yyyy-mm'.length)
}

function before(month: string): string {
  return monthOf(Date.parse(`${month}-01T00:00:00Z`) - DAY_MS)
}
