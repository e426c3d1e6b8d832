import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { AwsBackend } from '../../shared/aws/backend.ts'
import type { Gate } from '../../shared/core/dispatch.ts'
import type { Engine } from '../../shared/engine/engine.ts'
import type { Messages } from '../../shared/ports/messages.ts'
import type { BatchHandler } from '../../shared/worker/sqs-event.ts'
import type { Rates } from './faults.ts'
import type { Settings } from './settings.ts'
import type { Portion, Worked } from './stream.ts'
import type { Promised } from './violation.ts'

/** A rule taken out of the program, to see that somebody notices. */
export interface Plant {
  readonly name: string
  /** Promises of which one must be seen to break. */
  readonly breaks: readonly Promised[]
  /** Faults without which the rule is not needed. */
  readonly rates?: Partial<Rates>
  readonly settings?: Partial<Settings>
  readonly patch: Patch
}

export type ChangesFunction = (portion: Portion) => Promise<Worked>

/** What is put in the place of parts of the program. */
export interface Patch {
  readonly backend?: (backend: AwsBackend) => AwsBackend
  /** Of the processes that answer requests only. */
  readonly apiBackend?: (backend: AwsBackend) => AwsBackend
  readonly engine?: (engine: Engine) => Engine
  readonly gate?: (gate: () => Promise<Gate>) => () => Promise<Gate>
  /** How old a worker lets its knowledge of the switch become. */
  readonly gateAgeMs?: number
  readonly messages?: (messages: Messages) => Messages
  readonly worker?: (handler: BatchHandler) => BatchHandler
  readonly deadLetter?: (handler: BatchHandler) => BatchHandler
  /** What is sent to DynamoDB by whoever follows the stream. */
  readonly countersClient?: (client: DynamoDBClient) => DynamoDBClient
  readonly changes?: (handler: ChangesFunction) => ChangesFunction
  /** What is sent to DynamoDB by everybody. */
  readonly dynamodb?: (client: DynamoDBClient) => DynamoDBClient
  /** Nobody looks for the rows of a name whose pause has ended. */
  readonly forgetsResumed?: boolean
}
