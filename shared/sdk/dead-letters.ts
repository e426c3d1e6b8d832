import type { PulseClientError } from './errors.ts'
import type { CallOptions, DeadLetterSelection } from './options.ts'
import { problemError } from './problem-error.ts'
import type { Transport } from './transport.ts'
import type { Problem } from './types.ts'

export interface RequeuedDeadLetters {
  /** Ids of the tasks that wait again. */
  readonly requeued: readonly string[]
  /** Those that could not be requeued, and why. */
  readonly refused: readonly { readonly id: string; readonly error: PulseClientError }[]
}

interface Answer {
  readonly requeued: readonly string[]
  readonly refused?: readonly { readonly id: string; readonly problem: Problem }[]
  readonly nextCursor?: string
}

/** The API takes so many ids a request. */
const MOST_IDS = 200

/**
 * Requeues what is selected, request by request. A lost answer ends it: those that died again meanwhile would run
 * once more.
 */
export async function requeueDeadLetters(
  transport: Transport,
  selection: DeadLetterSelection,
  { signal }: CallOptions,
): Promise<RequeuedDeadLetters> {
  const requeued: string[] = []
  const refused: { id: string; error: PulseClientError }[] = []
  for (const part of parts(selection)) {
    let cursor: string | undefined
    do {
      const body = JSON.stringify({ ...part, cursor })
      const path = '/dead-letters/requeue'
      const answer = (await transport.send<Answer>({ method: 'POST', path, body, signal, repeat: 'if not done' })).body
      requeued.push(...answer.requeued)
      for (const { id, problem } of answer.refused ?? [])
        refused.push({ id, error: problemError(problem.status ?? 500, problem) })
      cursor = answer.nextCursor
    } while (cursor !== undefined)
  }
  return { requeued, refused }
}

function* parts(selection: DeadLetterSelection): Generator<DeadLetterSelection> {
  if (!('ids' in selection)) return yield selection
  for (let from = 0; from < selection.ids.length; from += MOST_IDS)
    yield { ids: selection.ids.slice(from, from + MOST_IDS) }
}
