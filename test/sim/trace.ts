import { createHash } from 'node:crypto'

/** What happened, as a hash and as the last lines in words. */
export interface Trace {
  note(at: number, text: string): void
  /** Only what two runs are compared by is worth the time. */
  hash(): string
  events(): number
  /** The latest lines that hold the text. */
  about(text: string): string[]
}

/** Long enough to hold the life of a task. */
const KEPT = 4_000
const SHOWN = 100

export function createTrace(): Trace {
  const lines: string[] = []
  const hash = createHash('sha1')
  /** Lines that are in the hash. */
  let hashed = 0
  let events = 0

  function hashUpTo(end: number): void {
    for (; hashed < end; hashed++) hash.update(`${lines[hashed]}\n`)
  }

  return {
    note(at, text) {
      events++
      lines.push(`${at} ${text}`)
      if (lines.length <= 2 * KEPT) return
      hashUpTo(KEPT)
      lines.splice(0, KEPT)
      hashed = 0
    },
    hash() {
      hashUpTo(lines.length)
      return hash.copy().digest('hex')
    },
    events: () => events,
    about: text => lines.filter(line => line.includes(text)).slice(-SHOWN),
  }
}
