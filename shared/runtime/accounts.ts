import { randomBytes } from 'node:crypto'
import { type AuditLog, createAuditLog } from '../identity/audit.ts'
import { createIdentity } from '../identity/create-identity.ts'
import type { IdentityEnvironment, IdentitySettings } from '../identity/environment.ts'
import { createHashSlots } from '../identity/hash-slots.ts'
import type { Identity } from '../identity/identity.ts'
import { ARGON2_COST, type HashParameters, nodeArgon2id } from '../identity/password-hash.ts'
import { createUserRemoval, type UserRemoval } from '../identity/remove-user.ts'
import { createVerifier, type Verifier } from '../identity/verify.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { MasterSecret } from '../ports/master-secret.ts'

/** What a process that knows accounts is made of. */
export interface AccountsOptions {
  readonly backend: Pick<Backend, 'records' | 'limits'>
  readonly clock: Clock
  readonly entropy: Entropy
  readonly settings: IdentitySettings
}

/** What needs no secret: who asks, the log of what they did, and the removal of a user. */
export interface Access {
  readonly verifier: Verifier
  readonly audit: AuditLog
  readonly removal: UserRemoval
}

export function createAccess({ backend, clock, entropy, settings }: AccountsOptions): Access {
  const { records } = backend
  const verifier = createVerifier({ records, clock, settings })
  return {
    verifier,
    audit: createAuditLog({ records, clock, entropy }),
    removal: createUserRemoval({ records, clock, forget: verifier.forget }),
  }
}

/** The use cases, for the one function that may sign. */
export function createAccounts(
  { backend, ...options }: AccountsOptions,
  { verifier }: Pick<Access, 'verifier'>,
  secret: MasterSecret,
  onReuse: (user: string) => void,
  parameters: HashParameters = { cost: ARGON2_COST, argon2id: nodeArgon2id() },
): { readonly identity: Identity; readonly environment: IdentityEnvironment } {
  const environment: IdentityEnvironment = {
    ...backend,
    ...options,
    secret,
    randomBytes,
    hashing: { slots: createHashSlots({ clock: options.clock }), parameters },
    onReuse,
  }
  return { identity: createIdentity(environment, verifier), environment }
}
