import { submitted } from './answer-schemas.ts'
import * as query from './query-schemas.ts'
import * as header from './request-headers.ts'
import { bodyProblems, page, plainLimits, type Route } from './route.ts'
import * as answer from './schedule-answers.ts'
import * as body from './schedule-schemas.ts'
import { emptyBody } from './task-schemas.ts'

const group = 'schedules'
const etag = { etag: 'Generation of the schedule, for If-Match.' }
const replayed = { 'idempotency-replayed': '`true` when the same key had brought the same request before.' }
const read = { group, role: 'viewer', scope: 'tasks:read' } as const
const write = { group, role: 'viewer', scope: 'tasks:write' } as const

/** Whether the schedule is one's own or, for operators, somebody else's: as with tasks. */
export const scheduleRoutes = {
  createSchedule: {
    method: 'POST',
    path: '/api/v1/schedules',
    ...write,
    summary: 'Make a schedule',
    description:
      'Each of its occurrences makes one task: at a time, after a while, at a steady pace, or by a cron expression in a time zone.',
    body: { schema: body.createScheduleBody, limits: plainLimits },
    headers: header.createScheduleHeaders,
    answers: {
      201: {
        description: 'The schedule is stored.',
        schema: answer.schedule,
        headers: { ...etag, ...replayed, location: 'Path of the schedule.' },
      },
    },
    problems: [...bodyProblems, 'invalid'],
  },
  listSchedules: {
    method: 'GET',
    path: '/api/v1/schedules',
    ...read,
    summary: 'List schedules',
    description: 'By their ids: the oldest first, but for those whose id follows from an `Idempotency-Key`.',
    query: query.pageQuery,
    answers: { 200: page('A page of schedules, without payloads.', answer.schedulePage) },
    problems: ['malformed', 'invalid'],
  },
  getSchedule: {
    method: 'GET',
    path: '/api/v1/schedules/{id}',
    ...read,
    summary: 'Read a schedule',
    answers: { 200: { description: 'The schedule.', schema: answer.schedule, headers: etag } },
    problems: ['malformed', 'not_found'],
  },
  editSchedule: {
    method: 'PATCH',
    path: '/api/v1/schedules/{id}',
    ...write,
    audit: { action: 'schedule.edit', others: true },
    summary: 'Change a schedule',
    description: 'What is due already is fired by the rule as it was.',
    body: { schema: body.editScheduleBody, limits: plainLimits },
    headers: header.changeScheduleHeaders,
    answers: { 200: { description: 'The schedule as it is now.', schema: answer.schedule, headers: etag } },
    problems: [...bodyProblems, 'invalid', 'not_found', 'precondition_failed'],
  },
  deleteSchedule: {
    method: 'DELETE',
    path: '/api/v1/schedules/{id}',
    ...write,
    audit: { action: 'schedule.delete', others: true },
    summary: 'Remove a schedule',
    description: 'The tasks that it has made stay.',
    body: { schema: emptyBody, optional: true, limits: plainLimits },
    headers: header.changeScheduleHeaders,
    answers: { 200: { description: 'The schedule as it was.', schema: answer.schedule } },
    problems: [...bodyProblems, 'not_found', 'precondition_failed'],
  },
  pauseSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/pause',
    ...write,
    audit: { action: 'schedule.pause', others: true },
    summary: 'Pause a schedule',
    body: { schema: body.pauseScheduleBody, optional: true, limits: plainLimits },
    headers: header.changeScheduleHeaders,
    answers: { 200: { description: 'The schedule as it is now.', schema: answer.schedule, headers: etag } },
    problems: [...bodyProblems, 'invalid', 'not_found', 'precondition_failed'],
  },
  resumeSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/resume',
    ...write,
    audit: { action: 'schedule.resume', others: true },
    summary: 'Let a schedule go on',
    description: 'With the next occurrence: those of the pause are left out.',
    body: { schema: emptyBody, optional: true, limits: plainLimits },
    headers: header.changeScheduleHeaders,
    answers: { 200: { description: 'The schedule as it is now.', schema: answer.schedule, headers: etag } },
    problems: [...bodyProblems, 'not_found', 'precondition_failed'],
  },
  triggerSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/trigger',
    ...write,
    audit: { action: 'schedule.trigger', others: true },
    summary: 'Make one more task of a schedule, now',
    description: 'Also of one that is paused, and whatever `overlap` says. It is no occurrence.',
    body: { schema: emptyBody, optional: true, limits: plainLimits },
    headers: header.triggerHeaders,
    answers: {
      202: {
        description: 'The task is stored.',
        schema: submitted,
        headers: {
          ...replayed,
          location: 'Path of the task.',
          'retry-after': 'Seconds after which a look at the task makes sense.',
        },
      },
    },
    problems: [...bodyProblems, 'invalid', 'not_found', 'precondition_failed'],
  },
  listOccurrences: {
    method: 'GET',
    path: '/api/v1/schedules/{id}/occurrences',
    ...read,
    summary: 'List what became of occurrences, or those to come',
    query: query.occurrencesQuery,
    answers: { 200: page('A page of occurrences. What is past is kept for 30 days.', answer.occurrencePage) },
    problems: ['malformed', 'invalid', 'not_found'],
  },
  backfillSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/backfill',
    ...write,
    audit: { action: 'schedule.backfill', others: true },
    summary: 'Make the tasks of occurrences that are past',
    description:
      'By the rule and the task as they are now, at most 1,000 at a time. A repeat finds what was made. With `dryRun` it only tells.',
    body: { schema: body.backfillBody, limits: plainLimits },
    headers: header.changeScheduleHeaders,
    answers: { 200: { description: 'The fate of each occurrence, in order.', schema: answer.backfillAnswer } },
    problems: [...bodyProblems, 'invalid', 'not_found', 'precondition_failed'],
  },
} as const satisfies Record<string, Route>
