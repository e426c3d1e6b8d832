import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import { createApiKey, revokeApiKey, rotateApiKey } from './api-keys.ts'
import type { IdentityEnvironment } from './environment.ts'
import type { Identity } from './identity.ts'
import { isSessionId } from './ids.ts'
import { invite } from './invitations.ts'
import { keyState, listKeys } from './key-row.ts'
import { accessTokenOf, login } from './login.ts'
import { refresh } from './refresh.ts'
import { register } from './register.ts'
import { listSessions, removeSession } from './session.ts'
import { createSigningKeys } from './signing-keys.ts'
import { normaliseEmail } from './user.ts'
import { changePassword, editUser, listUsers, readUser } from './users.ts'
import type { Verifier } from './verify.ts'

/** @param verifier of this process: it forgets at once what is changed here */
export function createIdentity(on: IdentityEnvironment, verifier: Pick<Verifier, 'forget'>): Identity {
  const signing = createSigningKeys(on)
  const forgetting = async <T>(user: string, change: Promise<T>): Promise<T> => {
    const done = await change
    verifier.forget(user)
    return done
  }
  return {
    register: registration => register(on, registration),
    login: credentials => login(on, signing, credentials),
    refresh: token => refresh(on, signing, token),
    logout: actor => forgetting(actor.owner, endOwn(on, actor)),
    me: actor => readUser(on, actor.owner),
    async changePassword(actor, current, next) {
      const session = await forgetting(actor.owner, changePassword(on, actor, current, next))
      return session && accessTokenOf(on, await signing.current(), session)
    },
    sessions: actor => listSessions(on.records, actor.owner, on.clock.now()),
    endSession: (actor, id) => forgetting(actor.owner, endSession(on, actor, id)),
    createKey: (actor, key) => createApiKey(on, actor, key),
    async keys(actor, user = actor.owner) {
      if (user !== actor.owner) await readUser(on, user)
      return listKeys(on.records, user)
    },
    rotateKey: (actor, id, overlapMs) => forgetting(actor.owner, rotateApiKey(on, actor, id, overlapMs)),
    revokeKey: async (actor, id) => {
      const key = await revokeApiKey(on, actor, id)
      verifier.forget(key.user)
      return key
    },
    keyState: key => keyState(key, on.settings.unusedKeyMs, on.clock.now()),
    users: (limit, after) => listUsers(on, limit, after),
    user: id => readUser(on, id),
    editUser: (actor, id, change) => forgetting(id, editUser(on, actor, id, change)),
    invite: (actor, { role, email }) =>
      invite(on, { role, by: actor.by, ...(email !== undefined && { email: normaliseEmail(email) }) }),
    rotateSigningKeys: () => signing.rotate(),
  }
}

async function endOwn(on: IdentityEnvironment, { owner, credential }: Actor): Promise<void> {
  if (credential === undefined || !isSessionId(credential))
    throw new PulseError('invalid', 'this request came with no session: an API key is ended by revoking it')
  await removeSession(on.records, owner, credential)
}

async function endSession(on: IdentityEnvironment, { owner }: Actor, id: string): Promise<void> {
  if (!isSessionId(id) || !(await removeSession(on.records, owner, id)))
    throw new PulseError('not_found', 'there is no session with this id')
}
