const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const SHORT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/**
 * Reads a length of time: `250ms`, `5m`, `1.5h` or ISO 8601 (`PT5M`). Numbers are milliseconds.
 * @returns whole milliseconds, or undefined when the text is none
 */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return value >= 0 ? safe(value) : undefined
  const short = SHORT.exec(value)
  if (short) return safe(Number(short[1]) * UNIT_MS[short[2] as keyof typeof UNIT_MS])
  const iso = ISO.exec(value)
  if (!iso?.slice(1).some(part => part !== undefined)) return undefined
  const [w = 0, d = 0, h = 0, m = 0, s = 0] = iso.slice(1).map(part => Number(part ?? 0))
  return safe(w * UNIT_MS.w + d * UNIT_MS.d + h * UNIT_MS.h + m * UNIT_MS.m + s * UNIT_MS.s)
}

/**
 * As `parseDuration`, for values written by a programmer.
 * @throws TypeError when the text is no duration
 */
export function duration(value: string | number): number {
  const ms = parseDuration(value)
  if (ms === undefined) throw new TypeError(`"${value}" is no duration: write milliseconds, "30s", "5m" or "PT5M"`)
  return ms
}

function safe(ms: number): number | undefined {
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined
}
