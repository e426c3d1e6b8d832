import { createHash } from 'node:crypto'
import type { TaskError } from './task.ts'

/** An error of a handler is kept up to this many UTF-8 bytes of JSON, so that a row stays small. */
export const ERROR_BYTES = 4_096
const NAME_LENGTH = 100
const NAME_BYTES = 300
const MESSAGE_LENGTH = 1_000
const MESSAGE_BYTES = 2_000
/** Beside name, message and stack: the fields' names, code and fingerprint. */
const OTHER_BYTES = 150

type Code = NonNullable<TaskError['code']>

/** What is kept of whatever a handler threw; anything can be thrown, not only an Error. */
export function taskError(thrown: unknown, code?: Code): TaskError {
  const { name, message, stack } = describe(thrown)
  const error = {
    name: cut(name.slice(0, NAME_LENGTH), NAME_BYTES),
    message: cut(message.slice(0, MESSAGE_LENGTH), MESSAGE_BYTES),
    ...(code && { code }),
  }
  const fingerprint = errorFingerprint(name, message, stack)
  if (stack === undefined) return { ...error, fingerprint }
  const room = ERROR_BYTES - OTHER_BYTES - jsonBytes(error.name) - jsonBytes(error.message)
  return { ...error, stack: cut(stack, room), fingerprint }
}

export function lostWorkerError(attempt: number): TaskError {
  const message = `the worker of attempt ${attempt} stopped without an answer, and no attempt is left`
  return { name: 'CrashLoop', message, code: 'crash_loop', fingerprint: errorFingerprint('CrashLoop', message) }
}

const FINGERPRINTED_LENGTH = 1_000
/** Longer texts are not searched: the start of a message says what it is. */
const SEARCHED_LENGTH = 8_000

/** Errors of one cause share it: name, message with numbers, ids and paths masked, top frame that is not of a package. */
export function errorFingerprint(name: string, message: string, stack?: string): string {
  const text = [
    name,
    mask(message.slice(0, SEARCHED_LENGTH)).slice(0, FINGERPRINTED_LENGTH),
    ownFrame(stack ?? ''),
  ].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function mask(text: string): string {
  return text
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '<email>')
    .replace(/(?:[A-Za-z]+:)?(?:[\\/][\w.@%+-]+)+[\\/]?/g, '<path>')
    .replace(/[\w-]*\d[\w-]*(?:\.\d+)?/g, maskWord)
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A word with digits: an id when it is long and they are mixed in, else a text with a number in it. */
function maskWord(word: string): string {
  if (UUID.test(word)) return '<id>'
  const mixed = word.length >= 8 && (/\d[_-]*[A-Za-z][\w-]*\d/.test(word) || /^[0-9a-f]+$/i.test(word))
  if (mixed && !/^\d+$/.test(word)) return '<id>'
  return word.replace(/^-?\d+(?:\.\d+)?|\d+(?:\.\d+)?/g, '<n>')
}

/** The function that threw and its file, without folders and lines, which change with each deployment. */
function ownFrame(stack: string): string {
  const line = stack.split('\n').find(each => /^\s+at /.test(each) && !/node_modules|node:/.test(each))
  if (line === undefined) return ''
  const place = line.trim().replace(/:\d+(?::\d+)?\)?$/, '')
  const file = place.split(/[\\/]/).at(-1) ?? ''
  const named = /^at (.+) \(/.exec(place)?.[1] ?? ''
  return `${named} ${file}`
}

function describe(thrown: unknown): { name: string; message: string; stack?: string } {
  try {
    // Also one of another realm, such as a vm context: `instanceof` would miss it.
    if (Error.isError(thrown) || thrown instanceof Error) {
      const { name, message, stack } = thrown
      return { name: String(name), message: String(message), ...(typeof stack === 'string' && { stack }) }
    }
    const shown = typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown)
    return { name: 'NonError', message: `a handler threw ${typeof thrown}: ${shown}` }
  } catch {
    // A getter or a toJSON of what was thrown may throw in turn.
    return { name: 'NonError', message: 'a handler threw something that cannot be described' }
  }
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}

/** The start of a text that takes at most `bytes` inside JSON, where a control character takes six. */
function cut(text: string, bytes: number): string {
  let kept = text.slice(0, bytes).toWellFormed()
  while (jsonBytes(kept) > bytes) kept = text.slice(0, Math.floor(kept.length * 0.9)).toWellFormed()
  return kept
}
