import type { Actor } from '../core/actor.ts'
import { AuditHint } from '../core/audit-hint.ts'
import { errorCodes, type PulseError } from '../core/errors.ts'
import type { AuditEntry } from '../identity/audit.ts'
import type { HandlerPorts, Note } from './call.ts'
import { type HttpEvent, requestIdOf } from './event.ts'
import type { Route } from './route.ts'

/** The entry of one request. Written before the answer is given, whatever the answer is (SEC-47). */
export interface Audited {
  note(details: Note): void
  /** @param error what the caller is refused with */
  write(actor: Actor | undefined, error?: PulseError): Promise<void>
}

const unaudited: Audited = { note() {}, async write() {} }

export function createAudited(route: Route, event: HttpEvent, on: HandlerPorts): Audited {
  const rule = route.audit
  if (!rule) return unaudited
  let notes: Note = {}
  return {
    note(details) {
      notes = { ...notes, ...details }
    },
    async write(actor, error) {
      const told: Note = { ...notes, ...(error?.cause instanceof AuditHint && error.cause.details) }
      const by = told.by ?? actor?.by
      if (rule.others && (told.owner === undefined || told.owner === actor?.owner)) return
      const { owner, ...rest } = told
      await on.audit.append({
        ...rest,
        ...(by !== undefined && { by }),
        ...(owner !== undefined && owner !== actor?.owner && { owner }),
        action: rule.action,
        ...outcomeOf(error),
        ...(rest.target === undefined && targetOf(event)),
        address: event.requestContext.http.sourceIp,
        requestId: requestIdOf(event),
      })
    },
  }
}

/** An id in the path, and nothing else that somebody may have put there, such as the text of a key (SEC-45). */
function targetOf({ pathParameters }: HttpEvent): { target?: string } {
  const id = pathParameters?.id
  return id !== undefined && ID.test(id) ? { target: id } : {}
}
const ID = /^[a-z]{3,5}_[0-9A-HJKMNP-TV-Z]{26,36}$/

function outcomeOf(error: PulseError | undefined): Pick<AuditEntry, 'outcome' | 'code'> {
  if (!error) return { outcome: 'done' }
  return { outcome: errorCodes[error.code].status < 500 ? 'denied' : 'failed', code: error.code }
}
