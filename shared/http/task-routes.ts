import * as answer from './answer-schemas.ts'
import * as query from './query-schemas.ts'
import * as header from './request-headers.ts'
import { batchLimits, bodyProblems, page, plainLimits, type Route } from './route.ts'
import * as body from './task-schemas.ts'

const etag = { etag: 'Version of the task, for If-Match.' }
const waited = { 'preference-applied': 'Seconds that the answer was ready to wait.' }

export const taskRoutes = {
  submitTask: {
    method: 'POST',
    path: '/api/v1/tasks',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:write',
    summary: 'Submit a task',
    description:
      'A 202 means: stored durably. With `Prefer: wait=20` the answer is the whole task, at its end or when the time is up.',
    body: { schema: body.submitBody, limits: plainLimits },
    headers: header.submitHeaders,
    answers: {
      202: {
        description: 'The task is stored.',
        schema: answer.submitted.or(answer.task),
        headers: {
          location: 'Path of the task.',
          'idempotency-replayed': '`true` when the same key had brought the same request before.',
          'retry-after': 'Seconds after which a look at the task makes sense.',
          ...waited,
        },
      },
    },
    problems: [...bodyProblems, 'invalid'],
  },
  submitBatch: {
    method: 'POST',
    path: '/api/v1/tasks/batch',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:write',
    summary: 'Submit up to 1,000 tasks',
    description:
      'Tasks stand for themselves: each has its own status, in order. An `Idempotency-Key` counts as `key#index` for each.',
    body: { schema: body.batchBody, limits: batchLimits },
    headers: header.batchHeaders,
    answers: { 200: { description: 'The fate of each task.', schema: answer.batchAnswer } },
    problems: [...bodyProblems, 'invalid'],
  },
  listTasks: {
    method: 'GET',
    path: '/api/v1/tasks',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:read',
    summary: 'List tasks, newest first',
    query: query.listQuery,
    repeatable: ['state'],
    answers: {
      200: page('A page of tasks.', answer.taskPage),
    },
    problems: ['malformed', 'invalid'],
  },
  getTask: {
    method: 'GET',
    path: '/api/v1/tasks/{id}',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:read',
    summary: 'Read a task',
    headers: header.waitHeaders,
    answers: { 200: { description: 'The task.', schema: answer.task, headers: { ...etag, ...waited } } },
    problems: ['malformed', 'not_found'],
  },
  editTask: {
    method: 'PATCH',
    path: '/api/v1/tasks/{id}',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:write',
    audit: { action: 'task.edit', others: true },
    summary: 'Change a task before it starts',
    body: { schema: body.editBody, limits: plainLimits },
    headers: header.editHeaders,
    answers: { 200: { description: 'The task as it is now.', schema: answer.task, headers: etag } },
    problems: [...bodyProblems, 'invalid', 'not_found', 'conflict', 'precondition_failed'],
  },
  deleteTask: {
    method: 'DELETE',
    path: '/api/v1/tasks/{id}',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:write',
    audit: { action: 'task.cancel', others: true },
    summary: 'Cancel a task',
    description: 'As `POST …/cancel`, but answers 200 in any case. The task stays readable.',
    body: { schema: body.emptyBody, optional: true, limits: plainLimits },
    headers: header.editHeaders,
    answers: { 200: { description: 'The task as it is now.', schema: answer.task, headers: etag } },
    problems: [...bodyProblems, 'not_found', 'conflict', 'precondition_failed'],
  },
  cancelTask: {
    method: 'POST',
    path: '/api/v1/tasks/{id}/cancel',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:write',
    audit: { action: 'task.cancel', others: true },
    summary: 'Cancel a task',
    body: { schema: body.emptyBody, optional: true, limits: plainLimits },
    headers: header.editHeaders,
    answers: {
      200: { description: 'It was waiting and is CANCELED.', schema: answer.task, headers: etag },
      202: {
        description: 'It is running; its handler is told. If the handler completes first, the task is COMPLETED.',
        schema: answer.task,
        headers: etag,
      },
    },
    problems: [...bodyProblems, 'not_found', 'conflict', 'precondition_failed'],
  },
  requeueTask: {
    method: 'POST',
    path: '/api/v1/tasks/{id}/requeue',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:write',
    audit: { action: 'task.requeue', others: true },
    summary: 'Run a task again that has ended',
    description: 'A new run with a fresh budget of attempts, if wanted with another payload.',
    body: { schema: body.requeueBody, optional: true, limits: plainLimits },
    headers: header.editHeaders,
    answers: {
      202: {
        description: 'The task waits again.',
        schema: answer.task,
        headers: { ...etag, location: 'Path of the task.' },
      },
    },
    problems: [...bodyProblems, 'invalid', 'not_found', 'conflict', 'precondition_failed'],
  },
  readLogs: {
    method: 'GET',
    path: '/api/v1/tasks/{id}/logs',
    group: 'tasks',
    role: 'viewer',
    scope: 'tasks:read',
    summary: 'Read what the handler logged',
    query: query.pageQuery,
    answers: {
      200: page('A page of lines, oldest first.', answer.logPage),
    },
    problems: ['malformed', 'not_found', 'invalid'],
  },
} as const satisfies Record<string, Route>
