import type { AuditLog } from '../identity/audit.ts'
import type { Verb } from './call.ts'
import { listScope, pageResult, placeOf } from './list-tasks.ts'
import { presentEntry } from './present-account.ts'
import type { Routes } from './routes.ts'

export function createListAudit(audit: Pick<AuditLog, 'list'>): Verb<Routes['listAudit']> {
  return async (call, on) => {
    const { by, action } = call.query
    const filter = { ...(by !== undefined && { by }), ...(action !== undefined && { action }) }
    const scope = listScope('audit', call.actor, filter)
    const { entries, next } = await audit.list({ ...filter, ...placeOf(call.query, scope, on) })
    return pageResult(call, entries.map(presentEntry), next, scope, on)
  }
}
