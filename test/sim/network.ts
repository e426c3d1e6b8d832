import type { Faults } from './faults.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

/** A call of an API of AWS, as it travels. */
export interface Call {
  readonly service: 'dynamodb' | 'sqs' | 'lambda' | 'scheduler'
  /** `PutItem`, `SendMessageBatch`, …; where the protocol has none, method and path. */
  readonly operation: string
  readonly body: Readonly<Record<string, unknown>>
  readonly from: SimProcess
}

export interface Answer {
  readonly status: number
  readonly body: object
}

export type Service = (call: Call) => Answer

/** What hears of answers that reach a process. */
export type Heard = (call: Call, answer: Answer) => void

interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Takes the place of HTTP below the client of one service. */
export interface RequestHandler {
  handle(request: HttpRequest, options?: { readonly abortSignal?: AbortSignal }): Promise<{ response: object }>
}

/** As the clients of the program are configured. */
const REQUEST_TIMEOUT_MS = 3_000

export interface NetworkOptions {
  readonly world: World
  readonly faults: Faults
  readonly services: Readonly<Record<Call['service'], Service>>
  readonly heard: Heard
}

/** Each call is two events, the request's arrival and the answer's, and each of them can be late, lost or doubled. */
export function createNetwork({ world, faults, services, heard }: NetworkOptions) {
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
    const fate = faults.fateOf(call)
    const { from } = call
    if (fate.crash === 'sending') {
      from.kill(`sending ${call.operation}`)
      return
    }
    if (fate.freezeMs !== undefined) from.freeze(fate.freezeMs)
    if (fate.twinMs !== undefined) world.post(fate.requestMs + fate.twinMs, 'twin', () => void arrive(call))
    if (fate.request === 'lost') return
    if (fate.request === 'cut') {
      from.post(fate.requestMs, 'cut', () => settle({ error: broken('ECONNREFUSED') }))
      return
    }
    world.post(fate.requestMs, `request of ${from.name}`, () => {
      const answer = fate.refusal ?? arrive(call)
      if (fate.crash === 'applied') return from.kill(`after ${call.operation}`)
      if (fate.reply === 'lost') return
      from.post(fate.replyMs, `answer to ${call.operation}`, () => {
        if (fate.crash === 'replying') return from.kill(`hearing of ${call.operation}`)
        if (fate.reply === 'cut') return settle({ error: broken('ECONNRESET') })
        if (isOpen()) heard(call, answer)
        settle({ answer })
      })
    })
  }

  return (process: SimProcess, service: Call['service']): RequestHandler => ({
    handle: (request, { abortSignal } = {}) =>
      new Promise((resolve, reject) => {
        // It has died a moment ago, while others of its calls were about to go out.
        if (!process.alive) return
        if (world.current !== process) throw new Error(`${process.name} sends although another process runs`)
        let open = true
        const close = () => {
          open = false
          cancelTimeout()
        }
        const cancelTimeout = process.post(REQUEST_TIMEOUT_MS, 'timeout', () => {
          if (!open) return
          close()
          reject(named('TimeoutError', 'no answer in time'))
        })
        const abort = () => {
          if (!open) return
          close()
          reject(named('AbortError', 'aborted'))
        }
        if (abortSignal?.aborted) return abort()
        abortSignal?.addEventListener('abort', abort)
        const settle = (end: { answer: Answer } | { error: Error }) => {
          if (!open) return
          close()
          if ('error' in end) reject(end.error)
          else resolve({ response: responseOf(end.answer) })
        }
        travel(callOf(request, service, process), settle, () => open)
      }),
  })
}

function callOf(request: HttpRequest, service: Call['service'], from: SimProcess): Call {
  const { method, path, headers, body = '' } = request
  const target = headers['x-amz-target']?.split('.')[1]
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  return { service, operation: target ?? `${method} ${path}`, body: text === '' ? {} : JSON.parse(text), from }
}

/** For the trace: the task that a call is about, if it is about one. */
function subjectOf({ body }: Call): string {
  const text = JSON.stringify(body)
  return [...new Set(text.match(/task_[0-9A-Z]{26}/g))].join(' ')
}

function responseOf({ status, body }: Answer): object {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  return { statusCode: status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: bytes }
}

function broken(code: string): Error {
  return Object.assign(new Error(`the line is cut: ${code}`), { code })
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
