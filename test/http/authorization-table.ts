import type { Role, Scope } from '../../shared/core/actor.ts'
import type { RouteId } from '../../shared/http/routes.ts'

export type Who = 'none' | Role
/** One status, or one for each target: one's own, another user's, an id that does not exist. */
export type Statuses = number | readonly [own: number, other: number, absent: number]

/** What a route answers, written down apart from the route table. */
export interface Row {
  /** The one scope that a key needs. */
  readonly scope: Scope | 'none needed'
  /** Without a credential. */
  readonly none: number
  readonly viewer: Statuses
  readonly operator: Statuses
  readonly admin: Statuses
  /** With a key where a session is answered otherwise. */
  readonly key?: Statuses
  /** Whether the query names whose. */
  readonly aimed?: true
}

const everybody = (status: number) =>
  ({ scope: 'none needed', none: status, viewer: status, operator: status, admin: status }) as const
const everyUser = (scope: Scope, status: number) =>
  ({ scope, none: 401, viewer: status, operator: status, admin: status }) as const
const operators = (scope: Scope, status: number) =>
  ({ scope, none: 401, viewer: 403, operator: status, admin: status }) as const
const admins = (status: Statuses) => ({ scope: 'admin', none: 401, viewer: 403, operator: 403, admin: status }) as const
/** Operators work on tasks and schedules of all owners. */
const owned = (scope: Scope, status: number) =>
  ({
    scope,
    none: 401,
    viewer: [status, 404, 404],
    operator: [status, status, 404],
    admin: [status, status, 404],
  }) as const

export const expectations = {
  submitTask: everyUser('tasks:write', 202),
  submitBatch: everyUser('tasks:write', 200),
  listTasks: everyUser('tasks:read', 200),
  getTask: owned('tasks:read', 200),
  editTask: owned('tasks:write', 200),
  deleteTask: owned('tasks:write', 200),
  cancelTask: owned('tasks:write', 200),
  requeueTask: owned('tasks:write', 202),
  readLogs: owned('tasks:read', 200),
  createSchedule: everyUser('tasks:write', 201),
  listSchedules: everyUser('tasks:read', 200),
  getSchedule: owned('tasks:read', 200),
  editSchedule: owned('tasks:write', 200),
  deleteSchedule: owned('tasks:write', 200),
  pauseSchedule: owned('tasks:write', 200),
  resumeSchedule: owned('tasks:write', 200),
  triggerSchedule: owned('tasks:write', 202),
  listOccurrences: owned('tasks:read', 200),
  backfillSchedule: owned('tasks:write', 200),
  listDeadLetters: everyUser('tasks:read', 200),
  requeueDeadLetters: everyUser('tasks:write', 200),
  pauseDispatch: operators('ops:write', 200),
  resumeDispatch: operators('ops:write', 200),
  getDispatch: everyUser('ops:read', 200),
  getStats: operators('ops:read', 200),
  // What is one's own is removed by another admin.
  removeOwner: admins([409, 200, 404]),
  listAudit: admins(200),
  health: everybody(200),
  ready: everybody(200),
  openapi: everybody(200),
  docs: everybody(200),
  reference: everybody(200),
  docsAsset: everybody(200),
  console: everybody(302),
  consoleSchedules: everybody(200),
  consoleAsset: everybody(200),
  register: everybody(201),
  login: everybody(200),
  refresh: everybody(200),
  logout: { ...everyUser('account', 204), key: 422 },
  me: everyUser('account', 200),
  changePassword: everyUser('account', 200),
  listSessions: everyUser('account', 200),
  endSession: {
    scope: 'account',
    none: 401,
    viewer: [204, 404, 404],
    operator: [204, 404, 404],
    admin: [204, 404, 404],
  },
  rotateSigningKeys: admins(200),
  createApiKey: everyUser('account', 201),
  listApiKeys: {
    scope: 'account',
    none: 401,
    viewer: [200, 404, 404],
    operator: [200, 404, 404],
    admin: [200, 200, 404],
    // Without the scope `admin`, a key of an admin is for what is the admin's own.
    key: [200, 404, 404],
    aimed: true,
  },
  rotateApiKey: {
    scope: 'account',
    none: 401,
    viewer: [201, 404, 404],
    operator: [201, 404, 404],
    admin: [201, 404, 404],
    key: [201, 404, 404],
  },
  revokeApiKey: {
    scope: 'account',
    none: 401,
    viewer: [200, 404, 404],
    operator: [200, 404, 404],
    admin: [200, 200, 404],
    key: [200, 404, 404],
  },
  listUsers: admins(200),
  inviteUser: admins(201),
  // One's own role and access are changed by another admin.
  getUser: admins([200, 200, 404]),
  editUser: admins([409, 200, 404]),
  runJanitor: admins(200),
  getJanitor: admins(200),
} as const satisfies Record<RouteId, Row>
