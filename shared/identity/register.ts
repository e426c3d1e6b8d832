import type { Role } from '../core/actor.ts'
import { invalidField, PulseError } from '../core/errors.ts'
import type { IdentityEnvironment } from './environment.ts'
import { redeem } from './invitations.ts'
import { hashPassword } from './password-hash.ts'
import { newUserWrites, normaliseEmail } from './user.ts'

export interface Registration {
  readonly email: string
  readonly password: string
  /** Needed where registration is by invitation; gives the role that the invitation has. */
  readonly invitation?: string
}

/**
 * Makes a user, or does nothing when the address has one already: the caller is not told which, and it takes as long (SEC-4).
 * @returns the user's id, for the audit log and for nobody else
 * @throws PulseError `invalid` for a bad password, `forbidden` without an invitation where one is needed
 */
export async function register(
  on: IdentityEnvironment,
  { email, password, invitation }: Registration,
): Promise<string | undefined> {
  const address = normaliseEmail(email)
  await refuseWeak(password, address, '/password')
  if (invitation === undefined && on.settings.registration === 'invited')
    throw new PulseError('forbidden', 'registration is by invitation: ask an admin for one')
  const granted: Granted = invitation === undefined ? openly : await redeem(on, invitation, address)
  const passwordHash = await on.hashing.slots.run(() => hashPassword(password, on.hashing.parameters, on.randomBytes))
  const user = {
    id: `user_${on.entropy.id()}`,
    email: address,
    passwordHash,
    role: granted.role,
    createdAt: on.clock.now(),
    sessionVersion: 1,
  }
  return (await on.records.write([...newUserWrites(user), ...granted.writes])) ? user.id : undefined
}

type Granted = Awaited<ReturnType<typeof redeem>>
const openly: Granted = { role: 'viewer' satisfies Role, writes: [] }

/** @throws PulseError `invalid` that names the field */
export async function refuseWeak(password: string, email: string, pointer: string): Promise<void> {
  // Loaded when the first password is chosen: its list is long, and whoever logs in does not need it.
  const { checkPassword } = await import('./password-rules.ts')
  const detail = checkPassword(password, email)
  if (detail !== undefined) throw invalidField(pointer, detail)
}
