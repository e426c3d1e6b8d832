/** Who asks. Every call of the engine needs one; the owner comes from the credential and from nothing else (SEC-16). */
export interface Actor {
  /** Whose tasks these are. */
  readonly owner: string
  /** Written into histories and the audit log. */
  readonly by: string
  /** Operators see and change tasks of all owners, and the dispatch switch. */
  readonly role: 'viewer' | 'operator' | 'admin'
}

/** The person at a loopback address, before accounts exist. */
export const localActor: Actor = { owner: 'local', by: 'local', role: 'admin' }
