import { expect, test } from 'vitest'
import type { Api } from '../api.ts'
import type { Drive } from './drive.ts'
import { group, hasTimer, timersOf } from './schedules.ts'

/** The tasks without schedules, as the stage is deployed later on. */
export const WITHOUT_SCHEDULES = 'test/stack/tasks/index.ts'

/** What is declared beside the tasks. */
export function declared(drive: Drive): void {
  test('schedules that are declared beside the tasks are there when the stage is deployed, with their timers', async () => {
    const { api, stage } = drive()
    const [yearly, ...others] = await declaredIn(api)
    expect(others).toEqual([])
    expect(yearly).toMatchObject({
      name: 'yearly',
      state: 'ACTIVE',
      cron: '0 0 1 1 *',
      timeZone: 'Asia/Tokyo',
      task: { name: 'echo' },
    })
    expect(await hasTimer(stage, yearly?.id ?? '')).toBe(true)
    expect(await group(stage)).toBe(`pulse-${stage.name}_schedules`)
  })
}

/** Once the stage is deployed without them. */
export async function expectNoneDeclared(drive: Drive): Promise<void> {
  const { api, stage } = drive()
  expect(await declaredIn(api)).toEqual([])
  expect(await timersOf(stage)).toEqual([])
}

async function declaredIn(api: Api): Promise<readonly { readonly id: string; readonly declared: boolean }[]> {
  const answer = await api.get('/api/v1/schedules?limit=200')
  expect(answer.status, answer.text).toBe(200)
  const { items } = answer.body as { items: readonly { readonly id: string; readonly declared: boolean }[] }
  return items.filter(each => each.declared)
}
