import type { AuditLog } from '../identity/audit.ts'
import type { Verb } from './call.ts'
import { itemsResult, listScope, placeOf } from './list-tasks.ts'
import { presentEntry } from './present-account.ts'
import type { Routes } from './routes.ts'

export function createListAudit(audit: Pick<AuditLog, 'list'>): Verb<Routes['listAudit']> {
  return async (call, on) => {
    const { by, action } = call.query
    const filter = { ...(by !== undefined && { by }), ...(action !== undefined && { action }) }
    const scope = listScope('audit', call.actor, filter)
    const { entries, next } = await audit.list({ ...filter, ...placeOf(call.query, scope, on) })
    return itemsResult(call, entries.map(presentEntry), next === undefined ? undefined : on.cursors.seal(next, scope))
  }
}
