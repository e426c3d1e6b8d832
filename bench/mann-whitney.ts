/**
 * Whether two samples could come from the same source: the two-sided p of the Mann-Whitney U test, by its normal approximation, which
 * holds from 20 values each.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map(value => ({ value, first: true })), ...b.map(value => ({ value, first: false }))]
  all.sort((x, y) => x.value - y.value)
  let rankSum = 0
  for (let index = 0; index < all.length; ) {
    let end = index
    while (end < all.length && all[end]?.value === all[index]?.value) end++
    // Equal values share the mean of their ranks.
    const rank = (index + 1 + end) / 2
    for (; index < end; index++) if (all[index]?.first) rankSum += rank
  }
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return 2 * (1 - normal(Math.abs(u - mean) / deviation))
}

/** The standard normal distribution (Abramowitz and Stegun 26.2.17, within 7.5e-8). */
function normal(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z)
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  const tail =
    t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))))
  return 1 - density * tail
}
