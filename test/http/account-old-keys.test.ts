import { expect, test } from 'vitest'
import { createManualClock } from '../helpers/clock.ts'
import { get, join, login, makeKey, send } from './people.ts'
import { openApi } from './setup.ts'

const DAY_MS = 86_400_000
const KEYS = 60

test('S4-06 S4-08 keys that are gone do not hide when others were used', async () => {
  const clock = createManualClock()
  const api = await openApi({ accounts: true, clock })
  const { email } = await join(api)
  for (let rounds = 0; rounds < 2; rounds++) {
    const person = await login(api, email)
    for (let made = 0; made < KEYS; made++) {
      const key = await makeKey(api, person)
      await get(api, '/tasks', key)
      if (rounds === 0) await send(api, 'DELETE', `/api-keys/${key.id}`, person)
    }
    const { items } = (await get(api, '/api-keys', person)).body
    expect(items).toHaveLength(KEYS)
    for (const item of items) expect(item.lastUsedAt).toBe(new Date(clock.now()).toISOString())
    clock.set(clock.now() + 31 * DAY_MS)
    await api.embedded.backend.expiry.step(clock.now())
  }
})
