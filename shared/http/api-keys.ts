import { PulseError } from '../core/errors.ts'
import { type MadeApiKey, maySeeKeysOf } from '../identity/api-keys.ts'
import type { Identity } from '../identity/identity.ts'
import { STANDARD_OVERLAP_MS } from './account-bodies.ts'
import type { AuthVerbs } from './auth-verbs.ts'
import { json } from './call.ts'
import type { HttpResult } from './event.ts'
import { presentKey } from './present-account.ts'

export function createKeyVerbs(
  identity: Identity,
): Pick<AuthVerbs, 'createApiKey' | 'listApiKeys' | 'rotateApiKey' | 'revokeApiKey'> {
  const made = ({ key, text }: MadeApiKey): HttpResult =>
    // The only place where it is told.
    json(201, JSON.stringify({ ...presentKey(key, identity), key: text.reveal() }))

  return {
    async createApiKey({ actor, body, note }) {
      const { name, scopes, expiresAt } = body
      const created = await identity.createKey(actor, {
        name,
        ...(scopes && { scopes }),
        ...(expiresAt !== undefined && { expiresAt }),
      })
      note({ target: created.key.id, after: { name, scopes: created.key.scopes } })
      return made(created)
    },
    async listApiKeys({ actor, query }) {
      if (query.user !== undefined && !maySeeKeysOf(actor, query.user))
        throw new PulseError('not_found', 'there is no user with this id')
      const keys = await identity.keys(actor, query.user)
      return json(200, JSON.stringify({ items: keys.map(key => presentKey(key, identity)) }))
    },
    async rotateApiKey({ actor, id, body, note }) {
      const rotated = await identity.rotateKey(actor, id, body.overlap ?? STANDARD_OVERLAP_MS)
      note({ before: { id }, after: { id: rotated.key.id, oldEndsAt: rotated.replaced.revokedAt } })
      return made(rotated)
    },
    async revokeApiKey({ actor, id, note }) {
      const key = await identity.revokeKey(actor, id)
      note({ owner: key.user })
      return json(200, JSON.stringify(presentKey(key, identity)))
    },
  }
}
