import { isOnce, type Rule, type RuleRequest } from '../calendar/rule.ts'
import { invalidField, PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { decidedBefore, ruleFrom } from './create.ts'
import { differs } from './differs.ts'
import type { Schedule, ScheduleEdit } from './schedule.ts'

/** @throws PulseError for a rule that cannot be, naming the field to send */
export function edited(schedule: Schedule, changes: ScheduleEdit, now: Instant): Schedule {
  const { at, afterMs, everyMs, cron, timeZone, startAt, endAt, jitterMs, description, tags, ...fields } = changes
  const request = { at, afterMs, everyMs, cron, timeZone }
  const hasRule = Object.values(request).some(value => value !== undefined)
  const starts = startAt === undefined ? schedule.startAt : startAt
  const rule = hasRule ? anotherRule(schedule.rule, request, starts, now) : startingAnew(schedule.rule, startAt, now)
  const after = withOptional({ ...schedule, ...fields, rule }, { startAt, endAt, jitterMs, description, tags })
  if (isOnce(rule))
    return isSameTime(rule, schedule.rule) ? after : { ...after, decidedUntil: decidedBefore(rule, now) }
  // Who leaves the times alone, or says them again, leaves out none of them.
  return differs(schedule, after, 'rule', 'startAt', 'endAt') ? goingOn(after, now) : after
}

function anotherRule(before: Rule, request: RuleRequest, startAt: Instant | null | undefined, now: Instant): Rule {
  // Said again, a time may be past by now.
  if (before.kind === 'at' && isOnly(request, 'at') && request.at === before.at) return before
  if (!isOnly(request, 'timeZone')) return ruleFrom(wholeRule(before, request), startAt, now)
  if (before.kind !== 'cron')
    throw invalidField('/timeZone', 'goes with "cron" only: send one too, such as "cron": "0 3 * * *"')
  try {
    return ruleFrom(wholeRule(before, request), startAt, now)
  } catch (error) {
    if (!(error instanceof PulseError && error.errors[0]?.pointer === '/cron')) throw error
    const detail = `its clock skips each time of "${before.expression}": send another "cron" too, such as "0 4 * * *"`
    throw invalidField('/timeZone', detail)
  }
}

function isOnly(request: RuleRequest, field: keyof RuleRequest): boolean {
  return Object.entries(request).every(([each, value]) => each === field || value === undefined)
}

/** The first occurrence of a steady pace is its start. */
function startingAnew(rule: Rule, startAt: Instant | null | undefined, now: Instant): Rule {
  if (rule.kind !== 'every' || startAt === undefined) return rule
  return { ...rule, anchor: startAt === null ? Math.min(rule.anchor, now) : startAt - rule.everyMs }
}

/** Said again, a time is no other occurrence. */
function isSameTime(rule: Rule, before: Rule): boolean {
  return isOnce(rule) && isOnce(before) && rule.at === before.at
}

/** Of a cron rule, the expression stays when only the time zone is given, and the time zone when only the expression is. */
function wholeRule(rule: Rule, request: RuleRequest): RuleRequest {
  const { at, afterMs, everyMs, cron, timeZone } = request
  if (rule.kind !== 'cron' || (at ?? afterMs ?? everyMs) !== undefined) return request
  return { cron: cron ?? rule.expression, timeZone: timeZone ?? rule.timeZone }
}

/** Occurrences up to then are none of its business: they are decided, or were left out. */
export function goingOn(schedule: Schedule, from: Instant): Schedule {
  return { ...schedule, decidedUntil: Math.max(schedule.decidedUntil, from) }
}

function withOptional(schedule: Schedule, changes: Readonly<Record<string, unknown>>): Schedule {
  const after: Record<string, unknown> = { ...schedule }
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) delete after[field]
    else if (value !== undefined) after[field] = value
  }
  return after as unknown as Schedule // fields of a schedule with values that the edge has checked
}
