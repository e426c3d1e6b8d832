// Not the package's index: a bundle would hold its other dictionaries too.
import passwords from '@zxcvbn-ts/language-common/dist/passwords.json.mjs'

/** In lower case, the most common ones of public leaks. */
const common: ReadonlySet<string> = new Set(passwords)
export const COMMON_PASSWORDS = common.size
const SHORTEST = 3
const LONGEST = Math.max(...passwords.map(({ length }) => length))
/** What is repeated, and shorter than this, is as easily guessed as a common password. */
const SHORTEST_REPEATED = 4

/**
 * Whether a guesser who starts with the list comes to this soon: a listed password, one that is repeated, or one with digits or
 * punctuation around it. Most of the list is shorter than a password may be, so these are what people make of it.
 * @param text in lower case
 */
export function isCommonPassword(text: string): boolean {
  const inner = [spanOf(text, LETTERS), spanOf(text, LETTERS_AND_DIGITS)].map(span => text.slice(...(span ?? [])))
  return [text, ...inner].some(each => {
    const [repeated, ...longer] = repeatedParts(each)
    if (repeated === undefined) return isPadded(each)
    return (
      (repeated.length < SHORTEST_REPEATED && each.length > LONGEST_PART) || [repeated, ...longer, each].some(isPadded)
    )
  })
}

const LETTERS = /\p{L}/gu
const LETTERS_AND_DIGITS = /[\p{L}\p{N}]/gu
/** From here on a text is one thing repeated, and no word such as `mama`. */
const LONGEST_PART = 7

/** A part of a text: where it starts, and where it has ended. */
type Span = readonly [start: number, end: number]

/** Digits and punctuation around a listed password with letters, punctuation around one without; or little around any. */
function isPadded(text: string): boolean {
  const letters = spanOf(text, LETTERS)
  if (letters) return holdsCommon(text, letters, SHORTEST)
  const digits = spanOf(text, LETTERS_AND_DIGITS)
  const half = Math.max(SHORTEST, Math.ceil(text.length / 2))
  return holdsCommon(text, [text.length, 0], half) || (digits !== undefined && holdsCommon(text, digits, SHORTEST))
}

/** Whether a listed password of that length or more stands in the text and covers the span. */
function holdsCommon(text: string, [latestStart, earliestEnd]: Span, shortest: number): boolean {
  for (let start = 0; start <= latestStart; start++) {
    for (let end = Math.max(earliestEnd, start + shortest); end <= Math.min(text.length, start + LONGEST); end++) {
      if (common.has(text.slice(start, end))) return true
    }
  }
  return false
}

/** From the first to the last character of a kind. */
function spanOf(text: string, kind: RegExp): Span | undefined {
  const found = [...text.matchAll(kind)]
  const [first, last] = [found[0], found.at(-1)]
  return first && last && [first.index, last.index + last[0].length]
}

/** The parts that make the text when they are repeated, the last time maybe not to their end; the shortest first. */
function repeatedParts(text: string): string[] {
  const parts: string[] = []
  for (let length = 1; length < text.length && parts.length < MOST_PARTS; length++) {
    if (text.startsWith(text.slice(length))) parts.push(text.slice(0, length))
  }
  return parts
}
/** `aaaa…` has as many as characters; none of the later ones says anything new. */
const MOST_PARTS = LONGEST
