import { outcomeRequest, type TaskContext } from '../../shared/core/definition.ts'

export interface FakeContext extends TaskContext {
  readonly reported: [percent: number, message: string | undefined][]
}

/** A context that remembers what a handler reported. */
export function fakeContext(overrides: Partial<TaskContext> = {}): FakeContext {
  const reported: FakeContext['reported'] = []
  const ignore = () => undefined
  return {
    id: 'task_1',
    name: 'any',
    run: 1,
    attempt: 1,
    idempotencyKey: 'task_1:1',
    signal: new AbortController().signal,
    log: { info: ignore, warn: ignore, error: ignore },
    progress: (percent, message) => void reported.push([percent, message]),
    enqueue: () => Promise.reject(new Error('no child was expected')),
    ...overrides,
    reported,
  }
}

/** The reason with which a handler gave up for good. */
export function discardReason(value: unknown): string {
  const request = outcomeRequest(value)
  if (request?.kind !== 'discard') throw new Error(`expected a discard, got ${JSON.stringify(value)}`)
  return request.reason
}
