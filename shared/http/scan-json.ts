import { PulseError } from '../core/errors.ts'

/** What a JSON text may hold, counted before it is parsed (SEC-29). */
export interface JsonLimits {
  readonly depth: number
  readonly keys: number
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
/** Up to here a key is looked for among its siblings one by one, beyond in a set. */
const FEW_KEYS = 16

/**
 * Walks once over a JSON text for what `JSON.parse` does not refuse: nesting, numbers of keys, and keys given twice.
 * A text that is no JSON passes or not; `JSON.parse` has the last word on syntax.
 * @throws PulseError `malformed`
 */
export function scanJson(text: string, limits: JsonLimits): void {
  /** Keys of all open objects, one behind the other. */
  const keys: string[] = []
  /** For each open container: where its keys start, or -1 for an array. */
  const open: number[] = []
  const sets = new Map<number, Set<string>>()
  let count = 0
  let expectsKey = false
  const { length } = text
  for (let at = 0; at < length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at + 1)
        if (end < 0) return
        if (expectsKey) {
          expectsKey = false
          if (++count > limits.keys) throw malformed(`the JSON text has more than ${limits.keys} keys`)
          addKey(keyText(text, at, end), keys, open, sets)
        }
        at = end
        break
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY: {
        if (open.length === limits.depth) throw malformed(`the JSON text is nested deeper than ${limits.depth} levels`)
        expectsKey = text.charCodeAt(at) === OPEN_OBJECT
        open.push(expectsKey ? keys.length : -1)
        break
      }
      case CLOSE_OBJECT:
      case CLOSE_ARRAY: {
        sets.delete(open.length)
        const start = open.pop()
        if (start === undefined) return
        if (start >= 0) keys.length = Math.min(keys.length, start)
        expectsKey = false
        break
      }
      case COMMA:
        expectsKey = (open.at(-1) ?? -1) >= 0
        break
      case COLON:
        expectsKey = false
        break
    }
  }
}

function addKey(key: string, keys: string[], open: readonly number[], sets: Map<number, Set<string>>): void {
  const start = open.at(-1) ?? 0
  const depth = open.length
  let set = sets.get(depth)
  if (!set && keys.length - start >= FEW_KEYS) {
    set = new Set(keys.slice(start))
    sets.set(depth, set)
  }
  const known = set ? set.has(key) : keys.includes(key, start)
  if (known) throw malformed(`the key ${JSON.stringify(key.slice(0, 64))} is given twice in one object`)
  set?.add(key)
  keys.push(key)
}

/** Index of the closing quote, or -1. A run of backslashes before a quote escapes it when odd. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = end
    while (slashes > from && text.charCodeAt(slashes - 1) === BACKSLASH) slashes--
    if ((end - slashes) % 2 === 0) return end
  }
  return -1
}

/** `"a"` and `"\u0061"` are the same key. */
function keyText(text: string, quote: number, end: number): string {
  const raw = text.slice(quote + 1, end)
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(text.slice(quote, end + 1)) as string
  } catch {
    return raw
  }
}

function malformed(detail: string): PulseError {
  return new PulseError('malformed', detail)
}
