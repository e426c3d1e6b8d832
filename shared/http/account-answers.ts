import * as z from 'zod'
import { roles, scopes } from '../core/actor.ts'
import { nextCursor, time } from './answer-schemas.ts'

export const registered = z.strictObject({ email: z.string() }).meta({ id: 'Registered' })

export const tokens = z
  .strictObject({
    access_token: z.string().meta({ description: 'Send it as `Authorization: Bearer …`.' }),
    refresh_token: z.string().meta({ description: 'Good for one exchange at `/auth/refresh`.' }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds that the access token is good for.' }),
  })
  .meta({ id: 'Tokens' })

export const cookieSession = z
  .strictObject({ expires_in: z.int().meta({ description: 'Seconds until the cookies have to be refreshed.' }) })
  .meta({ id: 'CookieSession' })

export const accessToken = z
  .strictObject({
    access_token: z.string().optional(),
    token_type: z.literal('Bearer').optional(),
    expires_in: z.int().optional(),
  })
  .meta({ id: 'AccessToken', description: 'Empty for a request that came with an API key.' })

export const user = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    role: z.enum(roles),
    createdAt: time,
    disabledAt: time.optional(),
  })
  .meta({ id: 'User' })

export const userPage = z.strictObject({ items: z.array(user), nextCursor }).meta({ id: 'UserPage' })

export const sessionPage = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: z.string(),
        current: z.boolean().meta({ description: 'Whether this request belongs to it.' }),
        createdAt: time,
        refreshedAt: time,
        endsAt: time.meta({ description: 'When it ends unless it is refreshed before.' }),
        address: z.string(),
        userAgent: z.string(),
      }),
    ),
  })
  .meta({ id: 'SessionPage' })

const keyFields = {
  id: z.string(),
  user: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: 'How the key begins.' }),
  scopes: z.array(z.enum(scopes)),
  state: z.enum(['active', 'expired', 'unused', 'revoked']),
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional().meta({ description: 'To the hour.' }),
  revokedAt: time.optional().meta({
    description:
      'May be ahead, after a rotation. Of an expired or unused key, when it ended or was found to have ended.',
  }),
  replacedBy: z.string().optional(),
}
export const apiKey = z.strictObject(keyFields).meta({ id: 'ApiKey' })
export const madeApiKey = z
  .strictObject({ ...keyFields, key: z.string().meta({ description: 'The key itself. It is shown this once.' }) })
  .meta({ id: 'MadeApiKey' })
export const apiKeyPage = z.strictObject({ items: z.array(apiKey) }).meta({ id: 'ApiKeyPage' })

export const invitation = z
  .strictObject({
    invitation: z.string().meta({ description: 'For `invitation` of a registration. It is shown this once.' }),
    role: z.enum(roles),
    email: z.string().optional(),
    expiresAt: time,
  })
  .meta({ id: 'Invitation' })

export const signingKey = z
  .strictObject({ kid: z.string().meta({ description: 'Name of the key that signs from now on.' }) })
  .meta({ id: 'SigningKey' })

export const janitorPass = z
  .strictObject({
    done: z.boolean().meta({ description: 'Whether the keys of all users have been looked at.' }),
    startedAt: time,
    endedAt: time.optional(),
    users: z.int().meta({ description: 'Users whose keys have been looked at.' }),
    keys: z.int().meta({ description: 'Keys that have been looked at.' }),
    expired: z.int().meta({ description: 'Keys that it has ended because they had expired.' }),
    unused: z.int().meta({ description: 'Keys that it has ended because nobody had used them for long.' }),
  })
  .meta({ id: 'JanitorPass', description: 'One look at the keys of all users, in as many runs as it takes.' })

const details = z.record(z.string(), z.unknown())
export const auditPage = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: z.string(),
        at: time,
        by: z
          .string()
          .optional()
          .meta({ description: 'Id of the user or API key, or `janitor`; absent for who is not known.' }),
        action: z.string(),
        outcome: z.enum(['done', 'denied', 'failed']),
        code: z.string().optional(),
        target: z.string().optional(),
        owner: z.string().optional(),
        before: details.optional(),
        after: details.optional(),
        reason: z.string().optional(),
        address: z.string(),
        requestId: z.string(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'AuditPage' })
