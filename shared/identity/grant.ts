import type { Role } from '../core/actor.ts'
import type { Instant } from '../core/task.ts'
import type { AuditLog } from './audit.ts'
import type { IdentityEnvironment } from './environment.ts'
import { invite, noteAdmin } from './invitations.ts'
import type { Secret } from './secret.ts'
import { access, changeUser, findByEmail, normaliseEmail, type User } from './user.ts'

export interface GrantEnvironment extends Pick<IdentityEnvironment, 'records' | 'clock' | 'randomBytes'> {
  readonly audit: Pick<AuditLog, 'append'>
  /** Who grants, as the audit log names it: who works on the store itself is no user. */
  readonly by: string
  readonly requestId: string
}

export type Granted = { readonly user: User } | { readonly invitation: Secret; readonly expiresAt: Instant }

/**
 * Gives somebody a role without asking who wants it: the user who has the address, or else whoever registers with it. For those alone who
 * can work on the store itself, as on the first day or when the last admin is gone. A role takes effect within 30 s; a disabled user stays
 * disabled.
 */
export async function grantRole(on: GrantEnvironment, email: string, role: Role): Promise<Granted> {
  const { records, audit, by, requestId } = on
  const address = normaliseEmail(email)
  const note = (entry: Pick<Parameters<AuditLog['append']>[0], 'action' | 'target' | 'owner' | 'before' | 'after'>) =>
    audit.append({ ...entry, by, outcome: 'done', address: '', requestId })
  const known = await findByEmail(records, address)
  const changed = known && (await changeUser(records, known.user.id, user => ({ ...user, role })))
  if (!changed) {
    const { token, expiresAt } = await invite(on, { role, email: address, by })
    await note({ action: 'user.invite', after: { role, email: address } })
    return { invitation: token, expiresAt }
  }
  const { before, after } = changed
  if (role === 'admin') await noteAdmin(records)
  await note({ action: 'user.edit', target: after.id, owner: after.id, before: access(before), after: access(after) })
  return { user: after }
}
