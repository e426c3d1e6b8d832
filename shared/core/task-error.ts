import { createHash } from 'node:crypto'
import type { TaskError } from './task.ts'

/** An error of a handler is kept up to this many UTF-8 bytes, so that a row stays small. */
export const ERROR_BYTES = 4_096
const MESSAGE_LENGTH = 1_000

type Code = NonNullable<TaskError['code']>

/** What is kept of whatever a handler threw; anything can be thrown, not only an Error. */
export function taskError(thrown: unknown, code?: Code): TaskError {
  const { name, message, stack } = describe(thrown)
  const error = { name: name.slice(0, 100), message: message.slice(0, MESSAGE_LENGTH), ...(code && { code }) }
  const room = ERROR_BYTES - Buffer.byteLength(JSON.stringify(error)) - 200
  const fingerprint = errorFingerprint(name, message, stack)
  if (stack === undefined || room <= 0) return { ...error, fingerprint }
  return { ...error, stack: truncateJson(stack, room), fingerprint }
}

export function lostWorkerError(attempt: number): TaskError {
  const message = `the worker of attempt ${attempt} stopped without an answer, and no attempt is left`
  return { name: 'CrashLoop', message, code: 'crash_loop', fingerprint: errorFingerprint('CrashLoop', message) }
}

/** Errors of one cause share it: name, message with numbers, ids and paths masked, top frame that is not of a package. */
export function errorFingerprint(name: string, message: string, stack?: string): string {
  const frame = stack?.split('\n').find(line => /^\s+at /.test(line) && !/node_modules|node:/.test(line))
  const text = [name, mask(message), frame === undefined ? '' : mask(frame.trim())].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function mask(text: string): string {
  return text
    .slice(0, MESSAGE_LENGTH)
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '<email>')
    .replace(/(?:[A-Za-z]+:)?(?:[\\/][\w.@%+-]+)+[\\/]?/g, '<path>')
    .replace(/\b(?=[\w-]*\d)[\w-]{8,}\b/g, '<id>')
    .replace(/\d+(?:\.\d+)?/g, '<n>')
}

function describe(thrown: unknown): { name: string; message: string; stack?: string } {
  try {
    if (thrown instanceof Error) {
      return {
        name: String(thrown.name),
        message: String(thrown.message),
        ...(typeof thrown.stack === 'string' && { stack: thrown.stack }),
      }
    }
    return {
      name: 'NonError',
      message: `a handler threw ${typeof thrown}: ${typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown)}`,
    }
  } catch {
    // A getter or a toJSON of what was thrown may throw in turn.
    return { name: 'NonError', message: 'a handler threw something that cannot be described' }
  }
}

/** Cuts a text so that it takes at most `bytes` inside JSON. */
function truncateJson(text: string, bytes: number): string {
  let kept = text.slice(0, bytes)
  while (Buffer.byteLength(JSON.stringify(kept)) > bytes) kept = kept.slice(0, Math.floor(kept.length * 0.9))
  return kept
}
