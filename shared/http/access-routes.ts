import * as answer from './account-answers.ts'
import * as body from './account-bodies.ts'
import * as query from './query-schemas.ts'
import { plainLimits, type Route } from './route.ts'

const auth = 'auth'
const account = 'account'
/** Nobody has so much to say here, and what is hashed is paid for. */
const limits = { ...plainLimits, bytes: 16_384 }
const bodyProblems = ['malformed', 'payload_too_large', 'unsupported_media_type'] as const

/** API keys, and what admins do about users. */
export const accessRoutes = {
  createApiKey: {
    method: 'POST',
    path: '/api/v1/api-keys',
    group: auth,
    role: 'viewer',
    scope: account,
    audit: { action: 'key.create' },
    summary: 'Make an API key',
    description: 'It may do what you may, within its scopes.',
    body: { schema: body.createKeyBody, limits },
    answers: { 201: { description: 'The key, shown this once.', schema: answer.madeApiKey } },
    problems: [...bodyProblems, 'invalid'],
  },
  listApiKeys: {
    method: 'GET',
    path: '/api/v1/api-keys',
    group: auth,
    role: 'viewer',
    scope: account,
    summary: 'List API keys',
    query: query.keysQuery,
    answers: { 200: { description: 'The keys.', schema: answer.apiKeyPage } },
    problems: ['malformed', 'not_found'],
  },
  rotateApiKey: {
    method: 'POST',
    path: '/api/v1/api-keys/{id}/rotate',
    group: auth,
    role: 'viewer',
    scope: account,
    audit: { action: 'key.rotate' },
    summary: 'Replace an API key by a new one',
    description: 'Both work for a while, so that nothing fails in between.',
    body: { schema: body.rotateKeyBody, limits, optional: true },
    answers: { 201: { description: 'The new key, shown this once.', schema: answer.madeApiKey } },
    problems: [...bodyProblems, 'invalid', 'not_found', 'conflict'],
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/api/v1/api-keys/{id}',
    group: auth,
    role: 'viewer',
    scope: account,
    audit: { action: 'key.revoke' },
    summary: 'Revoke an API key',
    description: 'It is refused within 30 s, and gone from lists after 30 days.',
    answers: { 200: { description: 'The key as it is now.', schema: answer.apiKey } },
    problems: ['malformed', 'not_found'],
  },
  listUsers: {
    method: 'GET',
    path: '/api/v1/users',
    group: auth,
    role: 'admin',
    scope: 'admin',
    summary: 'List users, in the order of their registration',
    query: query.pageQuery,
    answers: {
      200: {
        description: 'A page of users.',
        schema: answer.userPage,
        headers: { link: '`rel="next"`: the next page.' },
      },
    },
    problems: ['malformed', 'invalid'],
  },
  inviteUser: {
    method: 'POST',
    path: '/api/v1/users',
    group: auth,
    role: 'admin',
    scope: 'admin',
    audit: { action: 'user.invite' },
    summary: 'Invite somebody to register',
    body: { schema: body.inviteBody, limits },
    answers: { 201: { description: 'The invitation, good for a day.', schema: answer.invitation } },
    problems: [...bodyProblems, 'invalid'],
  },
  getUser: {
    method: 'GET',
    path: '/api/v1/users/{id}',
    group: auth,
    role: 'admin',
    scope: 'admin',
    summary: 'Read a user',
    answers: { 200: { description: 'The user.', schema: answer.user } },
    problems: ['malformed', 'not_found'],
  },
  editUser: {
    method: 'PATCH',
    path: '/api/v1/users/{id}',
    group: auth,
    role: 'admin',
    scope: 'admin',
    audit: { action: 'user.edit' },
    summary: 'Give a user a role, or disable one',
    description: 'Takes effect within 30 s, also for sessions and keys that exist.',
    body: { schema: body.editUserBody, limits },
    answers: { 200: { description: 'The user as it is now.', schema: answer.user } },
    problems: [...bodyProblems, 'invalid', 'not_found', 'conflict'],
  },
} as const satisfies Record<string, Route>
