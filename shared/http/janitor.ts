import { PulseError } from '../core/errors.ts'
import type { Janitor } from '../identity/janitor.ts'
import type { AuthVerbs } from './auth-verbs.ts'
import { json } from './call.ts'
import { requestIdOf } from './event.ts'
import { presentPass } from './present-account.ts'

/** Of one run: a page that was begun in this time ends before the gateway gives up. */
const TIME_MS = 10_000

/** What admins do about the clean-up of API keys. */
export function createJanitorVerbs(janitor: Janitor): Pick<AuthVerbs, 'runJanitor' | 'getJanitor'> {
  return {
    async runJanitor({ event, note }, { clock }) {
      const began = clock.now()
      const pass = presentPass(await janitor.run(requestIdOf(event), () => clock.now() < began + TIME_MS))
      const { done, users, keys, expired, unused } = pass
      note({ after: { done, users, keys, expired, unused } })
      return json(200, JSON.stringify(pass))
    },
    async getJanitor() {
      const pass = await janitor.last()
      if (!pass) throw new PulseError('not_found', 'the janitor has not run yet; POST to this path has it run')
      return json(200, JSON.stringify(presentPass(pass)))
    },
  }
}
