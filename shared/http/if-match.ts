/**
 * The one version that a change may be based on; of several, the one that there is now.
 * @param stale what the change is refused with when none of several is
 */
export async function expectedVersion(
  match: 'any' | readonly number[] | undefined,
  current: () => Promise<number>,
  stale: (version: number) => Error,
): Promise<number | undefined> {
  if (match === undefined || match === 'any') return undefined
  if (match.length === 1) return match[0]
  const version = await current()
  if (match.includes(version)) return version
  throw stale(version)
}
