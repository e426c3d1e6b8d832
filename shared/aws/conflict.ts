import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'

/** A condition did not hold: an answer, and no outage. */
export function isConflict(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof ConditionalCheckFailedException
}
