import { PulseClientError } from './errors.ts'
import type { KeySource } from './idempotency-key.ts'
import type { CallOptions, TaskOptions } from './options.ts'
import { problemError } from './problem-error.ts'
import { checkKey, type InputOf, type OutputOf, submitBody, type TaskChoice, type TaskHandle } from './submit-body.ts'
import { isPassing, type Transport } from './transport.ts'
import type { Problem } from './types.ts'

/** One of many tasks to submit. */
export interface NewTask<Choice extends TaskChoice = TaskChoice> {
  readonly task: Choice
  readonly input: InputOf<Choice>
  readonly options?: TaskOptions
}

/** What became of one of many. */
export type BatchOutcome<Output = unknown> =
  | { readonly accepted: true; readonly handle: TaskHandle<Output> }
  | { readonly accepted: false; readonly error: PulseClientError }

export type BatchOutcomes<Choices extends readonly TaskChoice[]> = {
  readonly [Index in keyof Choices]: BatchOutcome<OutputOf<Choices[Index]>>
}

/** The API takes 1,000 tasks and 4 MiB a request. */
const MOST_ITEMS = 1_000
const MOST_BYTES = 4 * 1_048_576 - 1_024

interface Item {
  readonly index: number
  readonly text: string
  readonly bytes: number
}
type ItemAnswer =
  | (Omit<TaskHandle, 'replayed' | 'task'> & { readonly replayed?: true })
  | { readonly status: number; readonly problem: Problem }

/**
 * Submits tasks in as few requests as the API allows. Each has its own key, so that a repeat sends only what was not
 * taken.
 * @returns the fate of each, in order
 * @throws PulseClientError when the first request fails as a whole; of later ones, the outcomes say it
 */
export async function enqueueMany(
  transport: Transport,
  newKey: KeySource,
  tasks: readonly NewTask[],
  { signal }: CallOptions,
): Promise<BatchOutcome[]> {
  const outcomes: BatchOutcome[] = []
  let open = tasks.map((task, index) => toItem(task, index, newKey))
  for (let repeat = 1; open.length > 0; repeat++) {
    let failure: PulseClientError | undefined
    for (const chunk of chunks(open)) {
      try {
        if (failure === undefined) record(outcomes, chunk, await sendChunk(transport, chunk, signal))
      } catch (error) {
        if (!(error instanceof PulseClientError) || outcomes.length === 0) throw error
        failure = error
      }
      if (failure !== undefined) for (const { index } of chunk) outcomes[index] = { accepted: false, error: failure }
    }
    const refused = open.flatMap(({ index }) => passingError(outcomes[index]) ?? [])
    const [first] = refused
    // A request that failed as a whole has been repeated already.
    if (failure !== undefined || first === undefined || !(await transport.pause(repeat, first, signal))) break
    open = open.filter(({ index }) => passingError(outcomes[index]) !== undefined)
  }
  return outcomes
}

function toItem({ task, input, options = {} }: NewTask, index: number, newKey: KeySource): Item {
  const idempotencyKey = checkKey(options.idempotencyKey ?? newKey())
  const text = JSON.stringify({ ...submitBody(task, input, options), idempotencyKey })
  return { index, text, bytes: new TextEncoder().encode(text).length + 1 }
}

/** Cut by count and by bytes; what is too large alone goes alone, for the server to refuse. */
function* chunks(items: readonly Item[]): Generator<Item[]> {
  let chunk: Item[] = []
  let bytes = 0
  for (const item of items) {
    if (chunk.length === MOST_ITEMS || (chunk.length > 0 && bytes + item.bytes > MOST_BYTES)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(item)
    bytes += item.bytes
  }
  if (chunk.length > 0) yield chunk
}

async function sendChunk(
  transport: Transport,
  chunk: readonly Item[],
  signal: AbortSignal | undefined,
): Promise<readonly ItemAnswer[]> {
  const body = `{"tasks":[${chunk.map(item => item.text).join(',')}]}`
  const answer = await transport.send<{ items: readonly ItemAnswer[] }>({
    method: 'POST',
    path: '/tasks/batch',
    body,
    signal,
  })
  return answer.body.items
}

function record(outcomes: BatchOutcome[], chunk: readonly Item[], answers: readonly ItemAnswer[]): void {
  chunk.forEach(({ index }, place) => {
    const answer = answers[place]
    // Nothing may be inferred of a task that the answer does not name (H11).
    if (answer === undefined)
      outcomes[index] = { accepted: false, error: problemError(500, undefined, { outcomeUnknown: true }) }
    else if ('problem' in answer)
      outcomes[index] = { accepted: false, error: problemError(answer.status, answer.problem) }
    else
      outcomes[index] = {
        accepted: true,
        handle: { id: answer.id, state: answer.state, replayed: answer.replayed ?? false },
      }
  })
}

function passingError(outcome: BatchOutcome | undefined): PulseClientError | undefined {
  return outcome && !outcome.accepted && isPassing(outcome.error) ? outcome.error : undefined
}
