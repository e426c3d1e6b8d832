import type { Identity } from '../identity/identity.ts'
import type { Janitor } from '../identity/janitor.ts'
import { createAccountVerbs } from './accounts.ts'
import { createKeyVerbs } from './api-keys.ts'
import { authRoutes } from './auth-routes.ts'
import type { AuthVerbs } from './auth-verbs.ts'
import type { HandlerPorts } from './call.ts'
import { createHandler } from './create-handler.ts'
import type { HttpHandler } from './event.ts'
import { createJanitorVerbs } from './janitor.ts'
import { createUserVerbs } from './users.ts'

export interface AuthHandlerPorts extends HandlerPorts {
  readonly identity: Identity
  readonly janitor: Janitor
  /** How long a refresh token is good for, in milliseconds. */
  readonly refreshMs: number
}

/** Serves accounts: sessions, API keys, users. */
export function createAuthHandler(on: AuthHandlerPorts): HttpHandler {
  const { identity, janitor, refreshMs } = on
  const verbs: AuthVerbs = {
    ...createAccountVerbs(identity, refreshMs),
    ...createKeyVerbs(identity),
    ...createUserVerbs(identity),
    ...createJanitorVerbs(janitor),
  }
  return createHandler(authRoutes, verbs, on)
}
