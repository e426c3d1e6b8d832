import { type AuditLog, createAuditLog } from '../identity/audit.ts'
import type { IdentitySettings } from '../identity/environment.ts'
import { createUserRemoval, type UserRemoval } from '../identity/remove-user.ts'
import { createVerifier, type Verifier } from '../identity/verify.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock, Entropy } from '../ports/clock.ts'

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
