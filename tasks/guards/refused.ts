import { discard, type OutcomeValue } from '../../shared/core/definition.ts'

/**
 * The input itself is at fault, so that another attempt cannot help. The message is for the person who submitted it.
 */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** Ends the task at once, with the reason, when the work was refused; every other error stays a failed attempt. */
export async function discardRefused<Result>(work: Promise<Result>): Promise<Result | OutcomeValue> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refused) return discard(error.message)
    throw error
  }
}
