/** What happened, as a hash and as the last lines in words. */
export interface Trace {
  note(at: number, text: string): void
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
  let [high, low] = [0x811c9dc5, 0x01000193]
  let events = 0
  return {
    note(at, text) {
      events++
      const line = `${at} ${text}`
      for (let index = 0; index < line.length; index++) {
        low = Math.imul(low ^ line.charCodeAt(index), 0x01000193)
        high = Math.imul(high ^ low, 0x85ebca6b)
      }
      lines.push(line)
      if (lines.length > 2 * KEPT) lines.splice(0, KEPT)
    },
    hash: () => [high, low].map(half => (half >>> 0).toString(16).padStart(8, '0')).join(''),
    events: () => events,
    about: text => lines.filter(line => line.includes(text)).slice(-SHOWN),
  }
}
