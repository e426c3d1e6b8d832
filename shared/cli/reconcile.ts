import { LambdaClient } from '@aws-sdk/client-lambda'
import { createInvoke } from '../aws/invoke.ts'
import { stagePrefix } from '../aws/names.ts'
import { systemClock } from '../runtime/clock.ts'
import { message } from '../telemetry/log-events.ts'
import { fail } from './dev.ts'

/** A function may run for 15 minutes, and the SDK must not give up and start a second pass. */
const PATIENT = { maxAttempts: 1, requestHandler: { connectionTimeout: 5_000, requestTimeout: 16 * 60_000 } } as const

/**
 * Runs reconcile in a stage on AWS, and says what it repaired; what is too large for one run goes on by itself. Embedded there is
 * nothing to reconcile: the index over the rows is the queue.
 * @param restored the tables come from a backup: ends every lease in them, too
 */
export async function reconcile(stage: string, restored = false): Promise<void> {
  const name = `${stagePrefix(stage)}-reconcile`
  const invoke = createInvoke(new LambdaClient(PATIENT), name, systemClock)
  try {
    process.stdout.write(`${JSON.stringify(await invoke.now(restored ? { restored } : {}))}\n`)
  } catch (error) {
    fail(`${name} cannot be run (${message(error)}): check the stage's name, AWS_REGION and your credentials`)
  }
}
