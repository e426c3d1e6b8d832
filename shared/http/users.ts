import type { Identity } from '../identity/identity.ts'
import { access } from '../identity/user.ts'
import type { AuthVerbs } from './auth-verbs.ts'
import { json } from './call.ts'
import { listScope, pageResult, placeOf } from './list-tasks.ts'
import { presentUser } from './present-account.ts'
import { time } from './present-task.ts'

/** What admins do about the accounts of others, and about the keys that sign tokens. */
export function createUserVerbs(
  identity: Identity,
): Pick<AuthVerbs, 'listUsers' | 'inviteUser' | 'getUser' | 'editUser' | 'rotateSigningKeys'> {
  return {
    async listUsers(call, on) {
      const scope = listScope('users', call.actor, {})
      const { limit, after } = placeOf(call.query, scope, on)
      const { users, next } = await identity.users(limit, after)
      return pageResult(call, users.map(presentUser), next, scope, on)
    },
    async inviteUser({ actor, body, note }) {
      const { role, email } = body
      const { token, expiresAt } = await identity.invite(actor, { role, ...(email !== undefined && { email }) })
      note({ after: { role, email } })
      const answer = { invitation: token.reveal(), role, email, expiresAt: time(expiresAt) }
      return json(201, JSON.stringify(answer))
    },
    async getUser({ id }) {
      return json(200, JSON.stringify(presentUser(await identity.user(id))))
    },
    async editUser({ actor, id, body, note }) {
      const { role, disabled } = body
      const { before, after } = await identity.editUser(actor, id, {
        ...(role !== undefined && { role }),
        ...(disabled !== undefined && { disabled }),
      })
      note({ owner: id, before: access(before), after: access(after) })
      return json(200, JSON.stringify(presentUser(after)))
    },
    async rotateSigningKeys({ note }) {
      const { kid } = await identity.rotateSigningKeys()
      note({ target: kid })
      return json(200, JSON.stringify({ kid }))
    },
  }
}
