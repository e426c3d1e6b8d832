import { setTimeout as delay } from 'node:timers/promises'
import type { Figures, ScheduleStepName } from './figures.ts'
import { type Counted, nothing } from './meter.ts'
import { document } from './payloads.ts'
import { costOf } from './prices.ts'
import type { Stage } from './stage.ts'

const SCHEDULES = '/api/v1/schedules'
/** A machine that stalls has calls made that AWS's would not: what counts is the best of so many. */
const TRIES = 3
/** A moment longer than tasks are made ahead: the first occurrence is left to the timer, and soon due. */
const PACE = '63s'
const SOON_MS = 3_500

/** Has schedules made, fired and removed, and counts. */
export async function measureSchedules(stage: Stage): Promise<Figures['schedules']> {
  const all: Record<ScheduleStepName, Counted[]> = { create: [], occurrence: [], idleFire: [], remove: [] }
  for (let tries = 0; tries < TRIES; tries++) {
    const body = { name: 'figures', task: { name: 'noop', payload: document }, every: PACE }
    let schedule = { id: '', generation: 0 }
    const step = async (name: ScheduleStepName, run: () => Promise<unknown>) => {
      stage.take()
      await run()
      all[name].push(stage.take())
    }
    await step('create', async () => {
      schedule = await stage.request('POST', SCHEDULES, body)
    })
    const path = `${SCHEDULES}/${schedule.id}`
    const fire = () => stage.fire(schedule.id, schedule.generation)
    await delay(SOON_MS)
    await step('occurrence', fire)
    const { items } = await stage.request('GET', `${path}/occurrences`)
    if (items.length !== 1) throw new Error(`${items.length} occurrences have fired, and one was measured`)
    await step('idleFire', fire)
    await step('remove', () => stage.request('DELETE', path))
  }
  await stage.purge()
  return {
    create: cheapest(all.create),
    occurrence: cheapest(all.occurrence),
    idleFire: cheapest(all.idleFire),
    remove: cheapest(all.remove),
  }
}

function cheapest(all: readonly Counted[]): Counted {
  return all.reduce((one, other) => (costOf(other.usage) < costOf(one.usage) ? other : one), all[0] ?? nothing)
}
