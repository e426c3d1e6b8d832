import type { AccountFigures } from './figures.ts'
import { type Counted, nothing } from './meter.ts'
import { add, costOf, times } from './prices.ts'
import type { Stage } from './stage.ts'

const EMAIL = 'ada@example.com'
const PASSWORD = 'looms weave algebraic patterns'
const TASKS = '/api/v1/tasks'
/** A machine that stalls has calls made that AWS's would not: what counts is the best of so many. */
const TRIES = 3

/** Has callers of a stage with accounts do what they do, and counts. */
export async function measureAccounts(stage: Stage): Promise<AccountFigures> {
  const accounts = await stage.withAccounts()
  await accounts.register(EMAIL, PASSWORD)
  const logIn = () => accounts.request('POST', '/api/v1/auth/login', { email: EMAIL, password: PASSWORD })
  const tokens = await logIn()
  const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })
  const { key } = await accounts.request('POST', '/api/v1/api-keys', { name: 'ci' }, bearer(tokens.access_token))

  /** Behind the first one, which finds out who calls. */
  async function best(from: Pick<Stage, 'request' | 'take'>, ask: () => Promise<unknown>): Promise<Counted> {
    await ask()
    let least: Counted | undefined
    for (let tries = 0; tries < TRIES; tries++) {
      from.take()
      await ask()
      const counted = from.take()
      if (!least || costOf(counted.usage) < costOf(least.usage)) least = counted
    }
    return least ?? nothing
  }

  const open = await best(stage, () => stage.request('POST', TASKS, { name: 'noop' }))
  const signed = (credential: string) =>
    best(accounts, () => accounts.request('POST', TASKS, { name: 'noop' }, bearer(credential)))
  let refreshToken: string = tokens.refresh_token
  return {
    onTop: {
      withToken: beyond(await signed(tokens.access_token), open),
      withKey: beyond(await signed(key), open),
    },
    calls: {
      logIn: await best(accounts, logIn),
      refresh: await best(accounts, async () => {
        const next = await accounts.request('POST', '/api/v1/auth/refresh', { refreshToken })
        refreshToken = next.refresh_token
      }),
    },
  }
}

function beyond(one: Counted, other: Counted): Counted {
  return { ...one, usage: add(one.usage, times(other.usage, -1)) }
}
