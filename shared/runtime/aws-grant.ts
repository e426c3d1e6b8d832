import * as z from 'zod'
import { roles } from '../core/actor.ts'
import { email } from '../http/account-bodies.ts'
import type { Granted } from '../identity/grant.ts'

/** What the command line sends to `auth`. Nobody who comes through the gateway can: events of its have the context of a request. */
export const grantEvent = z.strictObject({
  grant: z.strictObject({ email, role: z.enum(roles) }),
})
export type GrantEvent = z.output<typeof grantEvent>

/** What it gets: what became of it, without what is nobody's business. */
export const grantAnswer = z.union([
  z.strictObject({ user: z.string(), disabled: z.boolean() }),
  z.strictObject({ invitation: z.string(), expiresAt: z.string() }),
])
export type GrantAnswer = z.output<typeof grantAnswer>

export function grantAnswerOf(granted: Granted): GrantAnswer {
  if ('user' in granted) return { user: granted.user.id, disabled: granted.user.disabledAt !== undefined }
  return { invitation: granted.invitation.reveal(), expiresAt: new Date(granted.expiresAt).toISOString() }
}
