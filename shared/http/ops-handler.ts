import type { AuditLog } from '../identity/audit.ts'
import type { UserRemoval } from '../identity/remove-user.ts'
import { createListAudit } from './audit.ts'
import type { OpsPorts, Verb } from './call.ts'
import { createConsole } from './console-verbs.ts'
import { createHandler } from './create-handler.ts'
import { listDeadLetters, requeueDeadLetters } from './dead-letters.ts'
import { getDispatch, pauseDispatch, resumeDispatch } from './dispatch.ts'
import { createDocs, type DocsOptions } from './docs.ts'
import type { HttpHandler } from './event.ts'
import { createReady, health } from './health.ts'
import { opsRoutes } from './ops-routes.ts'
import { createRemoveOwner } from './owners.ts'
import { getStats } from './stats.ts'

export interface OpsHandlerPorts extends OpsPorts {
  /** Fails when the store does not answer. */
  readonly probe: () => Promise<unknown>
  readonly docs: DocsOptions
  readonly audit: AuditLog
  readonly removal: UserRemoval
}

/** Serves what is about the queue rather than about one task, and refuses paths that nobody knows. */
export function createOpsHandler(on: OpsHandlerPorts): HttpHandler {
  const verbs: { readonly [Id in keyof typeof opsRoutes]: Verb<(typeof opsRoutes)[Id]> } = {
    listDeadLetters,
    requeueDeadLetters,
    pauseDispatch,
    resumeDispatch,
    getDispatch,
    getStats,
    removeOwner: createRemoveOwner(on.removal),
    listAudit: createListAudit(on.audit),
    health,
    ready: createReady(on.probe),
    ...createDocs(on.docs),
    ...createConsole(on.docs.assetsFolder),
  }
  return createHandler(opsRoutes, verbs, on)
}
