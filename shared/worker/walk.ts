import type { Clock } from '../ports/clock.ts'
import type { Place, Places, Scan, ScannedPage } from '../ports/scan.ts'

export interface WalkOptions {
  readonly scan: Scan
  readonly places: Places
  readonly clock: Clock
  /** Name of the pass, under which its places are kept. */
  readonly pass: string
  /** Where an earlier one was cut off; empty for a new one. */
  readonly from: readonly Place[]
  readonly hasTime: () => boolean
  readonly work: (page: ScannedPage) => Promise<void>
}

/**
 * Walks all segments side by side. The place of a segment is kept after each page that has been worked on, so that what is cut off,
 * killed or failed goes on there. Two walks of one pass write over each other's places: some pages are then worked on twice, none is
 * left out, because a place is only ever behind what somebody has done.
 * @returns whether all have been walked to their end
 */
export async function walk(options: WalkOptions): Promise<boolean> {
  const { scan, places, pass, from } = options
  const on = { ...options, failed: false, kept: from.length > 0 }
  const segments = Array.from({ length: scan.segments }, (_, segment) => walkSegment(segment, on))
  // All of them, before anything is said: nothing may go on after an answer.
  const ends = await Promise.allSettled(segments)
  const failure = ends.find(end => end.status === 'rejected')
  if (failure) throw failure.reason
  if (!ends.every(end => end.status === 'fulfilled' && end.value)) return false
  if (on.kept) await places.clear(pass)
  return true
}

async function walkSegment(segment: number, on: WalkOptions & { failed: boolean; kept: boolean }): Promise<boolean> {
  const place = on.from.find(each => each.segment === segment)
  if (place && place.after === undefined) return true
  let after = place?.after
  try {
    do {
      if (on.failed || !on.hasTime()) return false
      const page = await on.scan.page(segment, after)
      await on.work(page)
      const isOnlyPage = after === undefined && page.next === undefined
      after = page.next
      // Keeping it costs more than looking at one page again.
      if (isOnlyPage) return true
      on.kept = true
      await on.places.save(on.pass, { segment, ...(after !== undefined && { after }), at: on.clock.now() })
    } while (after !== undefined)
    return true
  } catch (error) {
    on.failed = true
    throw error
  }
}
