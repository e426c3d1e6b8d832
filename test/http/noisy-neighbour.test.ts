import { expect, test } from 'vitest'
import { createManualClock } from '../helpers/clock.ts'
import { bearer, join, post } from './people.ts'
import { openApi } from './setup.ts'

const LIMIT = 20

test('SEC-28 a flood by one owner stops at its own limit, and every submit of another owner is taken and run', async () => {
  const api = await openApi({
    accounts: true,
    running: true,
    clock: createManualClock(),
    rates: { perUser: LIMIT, perAddress: 0, admins: true },
  })
  const [noisy, quiet] = [await join(api), await join(api)]
  const submit = (who: typeof noisy) => post(api, '/tasks', { name: 'echo' }, { headers: bearer(who) })
  const flood = Array.from({ length: 10 * LIMIT }, () => submit(noisy))
  const answers = await Promise.all([...flood, ...Array.from({ length: LIMIT / 2 }, () => submit(quiet))])
  const taken = (some: typeof answers) => some.filter(({ status }) => status === 202).length
  expect(taken(answers.slice(0, flood.length))).toBe(LIMIT)
  expect(taken(answers.slice(flood.length))).toBe(LIMIT / 2)

  const { engine } = api.embedded
  const completed = async () => {
    const page = await engine.list({ owner: quiet.id, by: quiet.id, role: 'viewer' }, { limit: 100 })
    return page.rows.filter(({ state }) => state === 'COMPLETED').length
  }
  await expect.poll(completed).toBe(LIMIT / 2)
})
