import { randomBytes, randomUUID } from 'node:crypto'
import { roles } from '../core/actor.ts'
import { createAuditLog } from '../identity/audit.ts'
import { grantRole } from '../identity/grant.ts'
import { type GrantAnswer, type GrantEvent, grantAnswer, grantAnswerOf, grantEvent } from '../runtime/aws-grant.ts'
import { systemClock } from '../runtime/clock.ts'
import { createEntropy } from '../runtime/entropy.ts'
import type { SqliteBackend } from '../sqlite/backend.ts'
import { type AdminFlags, askStage, inFile, misused } from './admin-place.ts'

/**
 * Gives somebody a role, for who works on the store itself: on the first day, or when the last admin is gone. An invitation goes to
 * standard output, what to do with it to standard error.
 */
export async function adminGrant(
  [email, ...more]: readonly string[],
  { role = 'admin', stage, data }: AdminFlags & { readonly role?: string | undefined },
): Promise<void> {
  if (email === undefined || more.length > 0) misused('say to whom: pulse admin grant you@example.com')
  const event = grantEvent.safeParse({ grant: { email, role } })
  if (!event.success) {
    const isRole = event.error.issues[0]?.path.at(-1) === 'role'
    misused(isRole ? `there is no role "${role}": it is one of ${roles.join(', ')}` : `"${email}" is no e-mail address`)
  }
  const granted =
    data === undefined
      ? await askStage(stage, event.data, answer => grantAnswer.parse(answer))
      : await inFile(data, backend => grantIn(backend, event.data))
  tell(granted, event.data)
}

async function grantIn({ records }: SqliteBackend, { grant }: GrantEvent): Promise<GrantAnswer> {
  const clock = systemClock
  const audit = createAuditLog({ records, clock, entropy: createEntropy(() => clock.now()) })
  const on = { records, clock, randomBytes, audit, by: 'local', requestId: randomUUID() }
  return grantAnswerOf(await grantRole(on, grant.email, grant.role))
}

function tell(granted: GrantAnswer, { grant: { email, role } }: GrantEvent): void {
  if ('user' in granted) {
    const disabled = granted.disabled ? ' The account is disabled: another admin has to enable it.' : ''
    process.stderr.write(`${email} has the role ${role} now (${granted.user}); it counts within 30 s.${disabled}\n`)
    return
  }
  process.stderr.write(`${email} has no account yet. Who registers with this address and this invitation until ${granted.expiresAt} has the role ${role}:
  POST /api/v1/auth/register {"email": "${email}", "password": "…", "invitation": "…"}
The invitation, which is shown this once:
`)
  process.stdout.write(`${granted.invitation}\n`)
}
