import { taskAddress } from './api.js'
import { element } from './elements.js'
import { lengthWords, relative, time } from './times.js'

/**
 * @typedef {import('../../console-answers.ts').Schedule} Schedule
 * @typedef {import('../../console-answers.ts').ScheduleSummary} ScheduleSummary
 * @typedef {import('./elements.js').Content} Content
 */

/** @param {Pick<ScheduleSummary, 'state'>} schedule */
export function stateBadge({ state }) {
  return element('span', { class: `badge ${state.toLowerCase()}` }, state)
}

/**
 * A link to a task as the API tells it; nothing without one. All ids begin alike: the ends tell them apart.
 * @param {string | undefined} taskId
 */
export function taskLink(taskId) {
  if (taskId === undefined) return undefined
  const attributes = { href: taskAddress(taskId), class: 'id', title: taskId, 'aria-label': `Task ${taskId}` }
  return element('a', attributes, `task …${taskId.slice(-8)}`)
}

/**
 * Why nothing fires; nothing when it does.
 * @param {Schedule} schedule
 */
export function pauseWords({ paused, pausedAt, pausedBy, pauseReason }) {
  if (!paused || pausedAt === undefined) return []
  return ['Paused since ', time(pausedAt), ` by ${pausedBy}`, pauseReason === undefined ? '.' : `: ${pauseReason}`]
}

/**
 * What a schedule is, as a list of terms.
 * @param {Schedule} schedule
 * @param {Date} now
 */
export function facts(schedule, now) {
  /** @type {(readonly [string, Content | readonly Content[]])[]} */
  const all = [
    ['Next', schedule.nextAt ? [time(schedule.nextAt), `, ${relative(schedule.nextAt, now)}`] : undefined],
    ['Rule', rule(schedule)],
    ['Time zone', schedule.timeZone],
    ['Starts', optionalTime(schedule.startAt)],
    ['Ends', optionalTime(schedule.endAt)],
    ['Jitter', schedule.jitter === undefined ? undefined : `up to ${lengthWords(schedule.jitter)}`],
    ['Overlap', overlaps[schedule.overlap]],
    ['Catch-up', catchUp(schedule.catchUp)],
    ['Task', task(schedule)],
    ['Description', schedule.description],
    ['Tags', tags(schedule.tags)],
    [
      'Declared',
      schedule.declared ? 'beside the tasks: the next deploy undoes what is edited here, but a pause' : undefined,
    ],
    ['Generation', String(schedule.generation)],
    ['Changed', time(schedule.updatedAt)],
    ['Created', time(schedule.createdAt)],
    ['Id', element('code', {}, schedule.id)],
  ]
  return all.flatMap(([term, contents]) => {
    if (contents === undefined) return []
    return [element('div', {}, element('dt', {}, term), element('dd', {}, ...[contents].flat()))]
  })
}

/** @satisfies {Record<Schedule['overlap'], string>} */
const overlaps = {
  allow: 'allow: each occurrence makes its task',
  skip: 'skip: none while the task before has not ended',
}

/** @param {Schedule['catchUp']} policy */
function catchUp(policy) {
  if (policy === 'skip') return 'skip: what was missed is left out'
  return policy === 'one' ? 'one: the latest of what was missed' : `the latest ${policy} of what was missed`
}

/** @param {Schedule} schedule */
function rule({ kind, at, after, every, cron }) {
  const words = {
    at: () => at && time(at),
    after: () => after && lengthWords(after),
    every: () => every && lengthWords(every),
    cron: () => element('code', {}, cron),
  }
  return [`${kind} `, words[kind]()]
}

/** @param {Schedule} schedule */
function task({ task }) {
  const { name, priority, maxAttempts, timeout, expiresIn, title, payload } = task
  const more = [
    title,
    priority === undefined ? undefined : `priority ${priority}`,
    maxAttempts === undefined ? undefined : `at most ${maxAttempts} attempts`,
    timeout === undefined ? undefined : `timeout ${lengthWords(timeout)}`,
    expiresIn === undefined ? undefined : `expires in ${lengthWords(expiresIn)}`,
  ].filter(each => each !== undefined)
  return [
    element('code', {}, name),
    more.length > 0 ? `, ${more.join(', ')}` : undefined,
    payload === undefined
      ? undefined
      : element('pre', { tabindex: '0', 'aria-label': 'Payload' }, JSON.stringify(payload, null, 2)),
  ]
}

/** @param {Schedule['tags']} given */
function tags(given) {
  const words = Object.entries(given ?? {}).map(([key, value]) => `${key}:${value}`)
  return words.length > 0 ? words.join(', ') : undefined
}

/** @param {string | undefined} iso */
function optionalTime(iso) {
  return iso === undefined ? undefined : time(iso)
}
