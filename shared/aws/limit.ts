/** Lets at most so many run at a time; the others wait in the order in which they came. */
export function createLimit(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0

  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else running--
  }

  return async run => {
    if (running < most) running++
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await run()
    } finally {
      leave()
    }
  }
}
