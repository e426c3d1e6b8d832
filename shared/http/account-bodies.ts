import * as z from 'zod'
import { roles, scopes } from '../core/actor.ts'
import { durationUpTo, instant, text } from './fields.ts'

const DAY_MS = 86_400_000
/** Longer ones are refused by the rules for passwords, which say so better. */
const LONGEST_PASSWORD = 1_024
const LONGEST_TOKEN = 4_096

/** Of RFC 5321; what is longer would not fit into the key of a record. */
const LONGEST_EMAIL = 254

export const email = z
  .email({ error: 'is no e-mail address' })
  .max(LONGEST_EMAIL)
  .meta({ description: 'E-mail address.', example: 'ada@example.com' })
const password = text(LONGEST_PASSWORD, 1).meta({
  description: 'At least 12 characters; a sentence is best.',
  format: 'password',
})
const anyText = z.string().max(LONGEST_TOKEN)
const anyEmail = z.string().max(LONGEST_EMAIL)

export const registerBody = z
  .strictObject({
    email,
    password,
    invitation: anyText.optional().meta({ description: 'Needed where registration is by invitation.' }),
  })
  .meta({ id: 'Register', example: { email: 'ada@example.com', password: 'a sentence that only I know' } })

/** Fields that clients of OAuth 2 send along; they say nothing that matters here. */
const oauthFields = { scope: anyText.optional(), client_id: anyText.optional(), client_secret: anyText.optional() }

export const loginBody = z
  .strictObject({
    email: anyEmail.optional().meta({ description: 'E-mail address.', example: 'ada@example.com' }),
    username: anyEmail.optional().meta({ description: 'Another word for `email`, which OAuth 2 uses.' }),
    password,
    cookie: z
      .boolean()
      .optional()
      .meta({ description: 'Put the tokens into cookies instead of the answer, for pages in a browser.' }),
    grant_type: z.literal('password').optional(),
    ...oauthFields,
  })
  .check(({ value, issues }) => {
    if ((value.email === undefined) === (value.username === undefined))
      issues.push({ code: 'custom', message: 'give email or username, one of the two', path: ['email'], input: value })
  })
  .meta({ id: 'Login', example: { email: 'ada@example.com', password: 'a sentence that only I know' } })

export const refreshBody = z
  .strictObject({
    refreshToken: anyText.optional(),
    refresh_token: anyText.optional().meta({ description: 'Another spelling of `refreshToken`.' }),
    grant_type: z.literal('refresh_token').optional(),
    ...oauthFields,
  })
  .check(({ value, issues }) => {
    if (value.refreshToken !== undefined && value.refresh_token !== undefined)
      issues.push({
        code: 'custom',
        message: 'give refreshToken or refresh_token, not both',
        path: ['refresh_token'],
        input: value,
      })
  })
  .meta({ id: 'Refresh' })

export const passwordBody = z
  .strictObject({ currentPassword: password, newPassword: password })
  .meta({ id: 'ChangePassword' })

const scopeList = z
  .array(z.enum(scopes))
  .min(1)
  .max(scopes.length)
  .meta({ description: 'What the key may be used for; `tasks:read` and `tasks:write` by default.' })

export const createKeyBody = z
  .strictObject({
    name: text(100, 1).meta({ description: 'What it is for.', example: 'ci' }),
    scopes: scopeList.optional(),
    expiresAt: instant.optional().meta({ description: 'It stops working then; never when absent.' }),
  })
  .meta({ id: 'CreateApiKey', example: { name: 'ci', scopes: ['tasks:write'] } })

/** How long both keys work after a rotation. */
export const STANDARD_OVERLAP_MS = DAY_MS
export const rotateKeyBody = z
  .strictObject({
    overlap: durationUpTo(30 * DAY_MS)
      .optional()
      .meta({ description: 'How long the old key goes on; a day by default, `0s` to end it at once.' }),
  })
  .meta({ id: 'RotateApiKey' })

export const editUserBody = z
  .strictObject({
    role: z.enum(roles).optional(),
    disabled: z.boolean().optional().meta({ description: 'A disabled user is let in no more; tasks stay.' }),
  })
  .check(({ value, issues }) => {
    if (value.role === undefined && value.disabled === undefined)
      issues.push({ code: 'custom', message: 'give role or disabled', path: [], input: value })
  })
  .meta({ id: 'EditUser', example: { role: 'operator' } })

export const inviteBody = z
  .strictObject({
    role: z.enum(roles).default('viewer'),
    email: email.optional().meta({ description: 'Only this address can use it; anybody who has it when absent.' }),
  })
  .meta({ id: 'InviteUser', example: { role: 'viewer', email: 'grace@example.com' } })
