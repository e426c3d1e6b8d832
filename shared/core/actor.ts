/** What a role may do is in the route table; each role may do all that those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** What an API key may be used for. A session may do all that its user may. */
export const scopes = ['tasks:read', 'tasks:write', 'ops:read', 'ops:write', 'account', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** Who asks. Every call of the engine needs one; the owner comes from the credential and from nothing else (SEC-16). */
export interface Actor {
  /** Whose tasks these are: the id of a user. */
  readonly owner: string
  /** Written into histories and the audit log: the id of a user or of an API key. */
  readonly by: string
  /** Operators see and change tasks of all owners, and the dispatch switch. */
  readonly role: Role
  /** Of an API key; absent for who may do all that the role allows. */
  readonly scopes?: readonly Scope[]
  /** Session or API key that the request came with; absent where there are no accounts. */
  readonly credential?: string
}

/** The person at a loopback address, or whom AWS has let in, where there are no accounts. */
export const localActor: Actor = { owner: 'local', by: 'local', role: 'admin' }
