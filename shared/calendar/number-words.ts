/** A range in words is worth it from three values on. */
const SHORTEST_RANGE = 3

export type Run = readonly [first: number, last: number]

/** The values, which are in order, as ranges without gaps. */
export function runsOf(values: readonly number[]): readonly Run[] {
  const runs: Run[] = []
  for (const value of values) {
    const [first, last] = runs.at(-1) ?? []
    if (first !== undefined && last === value - 1) runs[runs.length - 1] = [first, value]
    else runs.push([value, value])
  }
  return runs
}

/** How far the values, which are in order, lie apart, when that is always the same. */
export function steadyStep(values: readonly number[]): number | undefined {
  const [first = 0, second = first] = values
  const step = second - first
  return values.every((value, index) => value === first + index * step) ? step : undefined
}

/** `1, 3 through 5 and 9`. */
export function wordsOf(values: readonly number[], name: (value: number) => string = String): string {
  return listed(
    runsOf(values).flatMap(([first, last]) => {
      if (last - first + 1 >= SHORTEST_RANGE) return [`${name(first)} through ${name(last)}`]
      return first === last ? [name(first)] : [name(first), name(last)]
    }),
  )
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}
