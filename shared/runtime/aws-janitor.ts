import * as z from 'zod'
import { janitorPass } from '../http/account-answers.ts'
import { presentPass } from '../http/present-account.ts'
import type { Janitor, JanitorPass } from '../identity/janitor.ts'

/** What a rule sends to `auth` every day, and the command line. Nobody who comes through the gateway can, as with a grant. */
export const janitorEvent = z.strictObject({ janitor: z.enum(['run', 'last']) })
export type JanitorEvent = z.output<typeof janitorEvent>

/** What it gets: the pass, as the API shows it; null when there has been none. */
export const janitorAnswer = janitorPass.nullable()
export type JanitorAnswer = z.output<typeof janitorAnswer>

/** @throws StoreUnavailable; PulseError `unavailable` when too many run at once */
export async function askJanitor(
  janitor: Janitor,
  event: JanitorEvent,
  requestId: string,
  hasTime: () => boolean,
): Promise<JanitorAnswer> {
  const pass: JanitorPass | undefined = await (event.janitor === 'run'
    ? janitor.run(requestId, hasTime)
    : janitor.last())
  return pass ? presentPass(pass) : null
}
