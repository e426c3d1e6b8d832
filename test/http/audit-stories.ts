import { expect } from 'vitest'
import type { RouteId, Routes } from '../../shared/http/routes.ts'
import { type Entry, guess, login, makeKey, PASSWORD, type Person, post } from './people.ts'
import type { Answer, Api } from './setup.ts'

/** Routes that leave an entry whatever comes of them. */
type Always = {
  [Id in RouteId]: Routes[Id] extends { audit: { others: true } }
    ? never
    : Routes[Id] extends { audit: object }
      ? Id
      : never
}[RouteId]

interface Story {
  readonly path?: (people: People) => Promise<string> | string
  readonly body?: (people: People) => object
  /** What the entry says when it is done, beside the action, the address and the request. */
  readonly done: (people: People, answer: Answer) => Partial<Entry>
  /** A request that is refused, if not one without a credential. */
  readonly refused?: (people: People) => Promise<Answer>
  /** It does not touch the records of accounts. */
  readonly withoutRecords?: true
}
interface People {
  readonly api: Api
  readonly admin: Person
  readonly other: Person
}

export const stories: Readonly<Record<Always, Story>> = {
  register: {
    body: () => ({ email: 'new@example.com', password: PASSWORD }),
    done: () => ({ by: expect.stringMatching(/^user_/), target: expect.stringMatching(/^user_/) }),
    refused: ({ api }) => post(api, '/auth/register', { email: 'new@example.com', password: 'short' }),
  },
  login: {
    body: ({ other }) => ({ email: other.email, password: PASSWORD }),
    done: ({ other }) => ({ by: other.id, target: expect.stringMatching(/^ses_/) }),
    refused: ({ api, other }) => guess(api, other.email),
  },
  refresh: {
    body: ({ other }) => ({ refreshToken: other.refreshToken }),
    done: ({ other }) => ({ by: other.id, target: other.session }),
    refused: ({ api }) => post(api, '/auth/refresh', { refreshToken: 'x' }),
  },
  logout: { done: ({ admin }) => ({ by: admin.id, target: admin.session }) },
  changePassword: {
    body: () => ({ currentPassword: PASSWORD, newPassword: 'another one that only I know' }),
    done: ({ admin }) => ({ by: admin.id, target: admin.id }),
  },
  endSession: {
    path: async ({ api, admin }) => (await login(api, admin.email)).session,
    done: ({ admin }) => ({ by: admin.id, target: expect.stringMatching(/^ses_/) }),
  },
  rotateSigningKeys: { done: ({ admin }, { body }) => ({ by: admin.id, target: body.kid }) },
  createApiKey: {
    body: () => ({ name: 'ci', scopes: ['tasks:read'] }),
    done: ({ admin }, { body }) => ({ by: admin.id, target: body.id, after: { name: 'ci', scopes: ['tasks:read'] } }),
  },
  rotateApiKey: {
    path: async ({ api, admin }) => (await makeKey(api, admin)).id,
    done: ({ admin }, { body }) => ({
      by: admin.id,
      target: expect.stringMatching(/^key_/),
      before: { id: expect.stringMatching(/^key_/) },
      after: { id: body.id, oldEndsAt: expect.any(Number) },
    }),
  },
  revokeApiKey: {
    path: async ({ api, other }) => (await makeKey(api, other)).id,
    done: ({ admin, other }, { body }) => ({ by: admin.id, owner: other.id, target: body.id }),
  },
  inviteUser: {
    body: () => ({ role: 'operator', email: 'grace@example.com' }),
    done: ({ admin }) => ({ by: admin.id, after: { role: 'operator', email: 'grace@example.com' } }),
  },
  editUser: {
    path: ({ other }) => other.id,
    body: () => ({ role: 'operator', disabled: true }),
    done: ({ admin, other }) => ({
      by: admin.id,
      owner: other.id,
      target: other.id,
      before: { role: 'viewer', disabled: false },
      after: { role: 'operator', disabled: true },
    }),
  },
  runJanitor: {
    done: ({ admin }) => ({ by: admin.id, after: { done: true, users: 3, keys: 0, expired: 0, unused: 0 } }),
  },
  removeOwner: {
    path: ({ other }) => other.id,
    done: ({ admin, other }) => ({
      by: admin.id,
      owner: other.id,
      target: other.id,
      after: { done: false, removed: 0 },
    }),
  },
  pauseDispatch: {
    withoutRecords: true,
    body: () => ({ reason: 'maintenance', name: 'echo' }),
    done: ({ admin }) => ({ by: admin.id, target: 'name:echo', reason: 'maintenance' }),
  },
  resumeDispatch: {
    withoutRecords: true,
    body: () => ({ priority: 2 }),
    done: ({ admin }) => ({ by: admin.id, target: 'priority:2' }),
  },
}
