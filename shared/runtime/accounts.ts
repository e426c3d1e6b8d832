import { randomBytes } from 'node:crypto'
import { createIdentity } from '../identity/create-identity.ts'
import type { IdentityEnvironment } from '../identity/environment.ts'
import { createHashSlots } from '../identity/hash-slots.ts'
import type { Identity } from '../identity/identity.ts'
import { ARGON2_COST, type HashParameters, nodeArgon2id } from '../identity/password-hash.ts'
import type { MasterSecret } from '../ports/master-secret.ts'
import type { Access, AccountsOptions } from './access.ts'

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
