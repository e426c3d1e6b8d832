import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'

/** Calls one of our own functions. */
export interface Invoke {
  /** Has it run soon; AWS tries again for hours when it fails. */
  later(event: object): Promise<void>
  /** Runs it and waits for its answer. @throws Error with what the function said when it fails */
  now(event: object): Promise<unknown>
}

/** A pass over a large table takes as long as a function may run. */
const WHOLE_RUN_MS = 16 * 60_000

/** @param functionName name or ARN. For `now` the client must be patient: its request timeout is the function's time. */
export function createInvoke(lambda: LambdaClient, functionName: string, clock: Clock): Invoke {
  const payload = (event: object) => ({ FunctionName: functionName, Payload: JSON.stringify(event) })
  return {
    async later(event) {
      const command = new InvokeCommand({ ...payload(event), InvocationType: 'Event' })
      await call(clock, CALL_DEADLINE_MS, options => lambda.send(command, options))
    },
    async now(event) {
      const command = new InvokeCommand(payload(event))
      const answer = await call(clock, WHOLE_RUN_MS, options => lambda.send(command, options))
      const text = answer.Payload?.transformToString() ?? 'null'
      if (answer.FunctionError) throw new StoreUnavailable(`the function failed: ${text}`)
      return JSON.parse(text)
    },
  }
}
