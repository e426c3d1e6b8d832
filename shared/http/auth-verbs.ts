import type { authRoutes } from './auth-routes.ts'
import type { Verb } from './call.ts'

/** What each route of accounts does. */
export type AuthVerbs = { readonly [Id in keyof typeof authRoutes]: Verb<(typeof authRoutes)[Id]> }
