import type { Actor, Role } from '../core/actor.ts'
import type { MadeApiKey, NewApiKey } from './api-keys.ts'
import type { Invited } from './invitations.ts'
import type { ApiKey, KeyState } from './key-row.ts'
import type { Credentials, LoggedIn, Tokens } from './login.ts'
import type { Registration } from './register.ts'
import type { Session } from './session.ts'
import type { User } from './user.ts'
import type { UserChange, UserPage } from './users.ts'

/** The use cases of accounts, as the edges call them. Refusals are `PulseError`s. */
export interface Identity {
  /** @returns the new user's id, for the audit log and for nobody else */
  register(registration: Registration): Promise<string | undefined>
  login(credentials: Credentials): Promise<LoggedIn>
  refresh(token: string): Promise<Tokens>
  /** Ends the session that the actor came with. */
  logout(actor: Actor): Promise<void>
  me(actor: Actor): Promise<User>
  /** @returns a new access token for a request that came with one, because the old one has ended */
  changePassword(actor: Actor, current: string, next: string): Promise<Omit<Tokens, 'refreshToken'> | undefined>
  sessions(actor: Actor): Promise<readonly Session[]>
  endSession(actor: Actor, id: string): Promise<void>
  createKey(actor: Actor, key: NewApiKey): Promise<MadeApiKey>
  /** Keys of a user; others than one's own need the role admin. */
  keys(actor: Actor, user?: string): Promise<readonly ApiKey[]>
  rotateKey(actor: Actor, id: string, overlapMs: number): Promise<MadeApiKey & { readonly replaced: ApiKey }>
  revokeKey(actor: Actor, id: string): Promise<ApiKey>
  keyState(key: ApiKey): KeyState
  users(limit: number, after?: string): Promise<UserPage>
  user(id: string): Promise<User>
  editUser(actor: Actor, id: string, change: UserChange): Promise<{ readonly before: User; readonly after: User }>
  invite(actor: Actor, invitation: { readonly role: Role; readonly email?: string }): Promise<Invited>
  rotateSigningKeys(): Promise<{ readonly kid: string }>
}
