import { type Faults, internalError } from './faults.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

/** A call of an API of AWS, as it travels. */
export interface Call {
  readonly service: 'dynamodb' | 'sqs' | 'lambda' | 'scheduler'
  /** `PutItem`, `SendMessageBatch`, … */
  readonly operation: string
  /** As the program has written it. */
  readonly body: Readonly<Record<string, unknown>>
  readonly from: SimProcess
  /** It has arrived before. */
  readonly isTwin?: true
}

export interface Answer {
  readonly status: number
  readonly body: object
}

export type Service = (call: Call) => Answer

/** What hears of answers that reach a process. */
export type Heard = (call: Call, answer: Answer) => void

/** As the clients of the program are configured. */
const REQUEST_TIMEOUT_MS = 3_000
/** Every call of a calm world is answered sooner. */
const SLOW_MS = 100

export interface NetworkOptions {
  readonly world: World
  readonly faults: Faults
  readonly services: Readonly<Record<Call['service'], Service>>
  readonly heard: Heard
}

/** Sends a request and waits for its answer, as long as a client would. */
export type Send = (call: Call, signal: AbortSignal | undefined) => Promise<Answer>

/** Each call is two events, the request's arrival and the answer's, and each of them can be late, lost or doubled. */
export function createNetwork({ world, faults, services, heard }: NetworkOptions): Send {
  function arrive(call: Call): Answer {
    const answer = services[call.service](call)
    world.trace.note(world.now, `${call.from.name} ${call.operation} ${answer.status} ${subjectOf(call)}`)
    return answer
  }

  function travel(
    call: Call,
    settle: (end: { answer: Answer } | { error: Error }) => void,
    isOpen: () => boolean,
  ): void {
    const { ends, requestMs, replyMs, twinMs, refusal, freezeMs } = faults.fateOf(call, subjectOf(call))
    const { from } = call
    if (ends ?? refusal) from.disturbedAt = Math.max(from.disturbedAt, world.now + REQUEST_TIMEOUT_MS)
    if (requestMs + replyMs > SLOW_MS) from.disturbedAt = Math.max(from.disturbedAt, world.now + requestMs + replyMs)
    if (ends === 'crashBeforeSend') {
      from.kill(`sending ${call.operation}`)
      return
    }
    if (freezeMs !== undefined) from.freeze(freezeMs)
    if (twinMs !== undefined) world.post(requestMs + twinMs, 'twin', () => void arrive({ ...call, isTwin: true }))
    if (ends === 'requestLost') return
    if (ends === 'requestCut') {
      from.post(requestMs, 'cut', () => settle({ error: broken('ECONNREFUSED') }))
      return
    }
    world.post(requestMs, `request of ${from.name}`, () => {
      const applied = refusal ?? arrive(call)
      if (ends === 'crashAfterApply') return from.kill(`after ${call.operation}`)
      if (ends === 'replyLost') return
      const answer = ends === 'errorAfterApply' ? internalError : applied
      from.post(replyMs, `answer to ${call.operation}`, () => {
        if (ends === 'crashInReply') return from.kill(`hearing of ${call.operation}`)
        if (ends === 'replyCut') return settle({ error: broken('ECONNRESET') })
        if (isOpen()) heard(call, answer)
        settle({ answer })
      })
    })
  }

  return (call, signal) =>
    new Promise((resolve, reject) => {
      const { from } = call
      // It has died a moment ago, while others of its calls were about to go out.
      if (!from.alive) return
      if (world.current !== from) throw new Error(`${from.name} sends although another process runs`)
      let open = true
      const close = () => {
        open = false
        cancelTimeout()
        signal?.removeEventListener('abort', abort)
      }
      const cancelTimeout = from.post(REQUEST_TIMEOUT_MS, 'timeout', () => {
        if (!open) return
        close()
        reject(named('TimeoutError', 'no answer in time'))
      })
      const abort = () => {
        if (!open) return
        close()
        reject(named('AbortError', 'aborted'))
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      const settle = (end: { answer: Answer } | { error: Error }) => {
        if (!open) return
        close()
        if ('error' in end) reject(end.error)
        else resolve(end.answer)
      }
      travel(call, settle, () => open)
    })
}

interface Named {
  readonly Key?: { readonly pk?: { readonly S?: string } }
  readonly Item?: { readonly pk?: { readonly S?: string } }
  readonly Entries?: readonly { readonly MessageBody?: string; readonly ReceiptHandle?: string }[]
}

/** For the trace: the task, or the message, that a call is about. */
function subjectOf({ body }: Call): string {
  const { Key, Item, Entries } = body as Named
  if (!Entries) return (Key ?? Item)?.pk?.S ?? ''
  return Entries.map(({ MessageBody, ReceiptHandle }) => taskIn(MessageBody) ?? ReceiptHandle ?? '').join(' ')
}

function taskIn(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /task_[0-9A-Z]{26}/.exec(text)?.[0]
}

function broken(code: string): Error {
  return Object.assign(new Error(`the line is cut: ${code}`), { code })
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
