import type { Schedule } from '../../../shared/schedules/schedule.ts'
import { type Life, workOf } from './lives.ts'
import type { Wrong } from './promises.ts'

/** The ids of tasks begin anew when what is made changes, or the rule does, and at no other time: not with a pause, not with a name. */
export function checkWork({ schedule: before, works }: Life, schedule: Schedule): Wrong | undefined {
  const { since } = schedule
  const work = workOf(schedule)
  const known = works.get(since)
  works.set(since, work)
  if (known !== undefined && known !== work) return ['H72', 'goes on under the ids of another rule or task']
  if (before && since !== before.since && work === workOf(before))
    return ['P12', 'begins its ids anew, though neither its rule nor its task has changed']
  return undefined
}
