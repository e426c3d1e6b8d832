import { expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import { edited } from '../../shared/schedules/apply-edit.ts'
import { draftSchedule } from '../../shared/schedules/create.ts'
import type { ScheduleEdit, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { at } from '../helpers/clock.ts'

const cron: ScheduleRequest = {
  ...{ name: 'tick', task: { name: 'tick' }, cron: '* * * * *', timeZone: 'Europe/Berlin' },
  ...{ startAt: at('09:00:00'), endAt: at('23:00:00') },
}
const schedule = draftSchedule(localActor, 'sch_1', cron, at('10:00:00'))

test.each<[string, ScheduleEdit]>([
  ['the rule', { cron: '* * * * *', timeZone: 'Europe/Berlin' }],
  ['the start', { startAt: at('09:00:00') }],
  ['the end', { endAt: at('23:00:00') }],
  ['nothing about times', { name: 'tock' }],
])('H71 an edit that says again %s leaves out nothing that is due', (_, changes) => {
  expect(edited(schedule, changes, at('10:30:00')).decidedUntil).toBe(at('10:00:00'))
})

test.each<[string, ScheduleEdit]>([
  ['the rule', { cron: '*/2 * * * *' }],
  ['the zone', { timeZone: 'Asia/Tokyo' }],
  ['the start', { startAt: null }],
  ['the end', { endAt: at('22:00:00') }],
])('H72 an edit that changes %s is about what comes after it', (_, changes) => {
  expect(edited(schedule, changes, at('10:30:00')).decidedUntil).toBe(at('10:30:00'))
})
