import { present } from '../core/present.ts'
import type { Pulse, Schedule, ScheduleChanges, ScheduleOptions } from '../sdk/index.ts'
import { type Given, Misused } from './schedules-options.ts'

/** Makes a schedule as it was asked for. What is wrong with it, the API says best. */
export function createSchedule(pulse: Pulse, name: string, given: Given): Promise<Schedule> {
  const task = given.text('task')
  if (task === undefined) throw new Misused('say which task it makes: --task NAME')
  const priority = numberOr(given.text('priority'))
  const options = {
    ...fieldsOf(given),
    name,
    ...(priority !== undefined && { task: { priority } }),
    ...(given.flag('paused') && { paused: true }),
  }
  // The API refuses what is no priority, and other than one rule.
  return pulse.schedule(task, payloadOf(given), options as unknown as ScheduleOptions)
}

/** Changes what was named. A part of the task is changed on the task as it is. */
export async function editSchedule(pulse: Pulse, id: string, given: Given): Promise<Schedule> {
  const name = given.text('name')
  const fields = fieldsOf(given)
  const removed = Object.fromEntries(given.list('remove').map(field => [removedField(field, fields), null]))
  const changes = { ...fields, ...(name !== undefined && { name }), ...removed }
  const [task, payload, priority] = [given.text('task'), payloadOf(given), given.text('priority')]
  const part = {
    ...(task !== undefined && { name: task }),
    ...(payload !== undefined && { payload }),
    ...(priority !== undefined && { priority: numberOr(priority) }),
  }
  if (Object.keys(part).length === 0) return pulse.schedules.edit(id, changes as ScheduleChanges) // checked by the API
  const known = await pulse.schedules.get(id)
  const whole = { ...changes, task: { ...known.task, ...part } }
  return pulse.schedules.edit(id, whole as ScheduleChanges, { ifGeneration: known.generation })
}

const removable = {
  'start-at': 'startAt',
  'end-at': 'endAt',
  jitter: 'jitter',
  description: 'description',
  tags: 'tags',
}

function removedField(field: string, given: Readonly<Record<string, unknown>>): string {
  const name = Object.hasOwn(removable, field) ? removable[field as keyof typeof removable] : undefined
  if (name === undefined)
    throw new Misused(`"${field}" cannot be removed: --remove takes ${Object.keys(removable).join(', ')}`)
  if (name in given) throw new Misused(`"${field}" is both given and removed: do one of them`)
  return name
}

function fieldsOf(given: Given): Record<string, unknown> {
  return present({
    cron: given.text('cron'),
    timeZone: given.text('time-zone'),
    every: numberOr(given.text('every')),
    at: given.text('at'),
    after: numberOr(given.text('after')),
    startAt: given.text('start-at'),
    endAt: given.text('end-at'),
    jitter: numberOr(given.text('jitter')),
    overlap: given.text('overlap'),
    catchUp: numberOr(given.text('catch-up')),
    description: given.text('description'),
    tags: tagsOf(given.list('tag')),
  })
}

function payloadOf(given: Given): unknown {
  const text = given.text('payload')
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new Misused(`--payload is no JSON: write a text as '"text"', not ${text}`)
  }
}

function tagsOf(given: readonly string[]): Record<string, string> | undefined {
  if (given.length === 0) return undefined
  const tags = new Map<string, string>()
  for (const tag of given) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(tag) ?? []
    if (key === undefined || value === undefined) throw new Misused(`--tag is KEY=VALUE, not "${tag}"`)
    if (tags.has(key)) throw new Misused(`--tag ${key} is given twice`)
    tags.set(key, value)
  }
  return Object.fromEntries(tags)
}

/** Digits alone: of a length of time, milliseconds. */
function numberOr(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text
}
