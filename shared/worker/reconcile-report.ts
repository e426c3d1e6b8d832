import type { Instant } from '../core/task.ts'

/** What a pass has seen and done so far. */
export interface Tally {
  scanned: number
  /** Hints that were lost. */
  hinted: number
  /** Hints of rows whose name was paused: those they had were acknowledged meanwhile. */
  resumed: number
  expired: number
  /** Leases of a restored table that were ended. */
  released: number
  removed: number
  corrected: number
  failed: number
  unreadable: number
}

export interface ReconcileReport extends Readonly<Tally> {
  /** When the pass began: what names it to a call that goes on with it. */
  readonly since: Instant
  /** Everything has been looked at. Otherwise time ran out, and another call goes on. */
  readonly done: boolean
  /** For people. */
  readonly summary: string
}

export function emptyTally(): Tally {
  return {
    scanned: 0,
    hinted: 0,
    resumed: 0,
    expired: 0,
    released: 0,
    removed: 0,
    corrected: 0,
    failed: 0,
    unreadable: 0,
  }
}

/** How much there was to repair: each of these says that something had gone wrong before. The rest comes with tasks that end and go. */
export function repairsOf({ hinted, corrected }: Tally): number {
  return hinted + corrected
}

export function reportOf(tally: Tally, since: Instant, done: boolean): ReconcileReport {
  const { scanned, hinted, resumed, expired, released, removed, corrected, failed, unreadable } = tally
  const did = [
    hinted > 0 && `sent ${counted(hinted, 'hint')} again`,
    resumed > 0 && `sent ${counted(resumed, 'hint')} of what was paused`,
    expired > 0 && `ended ${counted(expired, 'expired task')}`,
    released > 0 && `gave ${counted(released, 'attempt')} back`,
    removed > 0 && `removed ${counted(removed, 'text')} of tasks that are gone`,
    corrected > 0 && `set ${counted(corrected, 'counter')} right`,
  ].filter(part => part !== false)
  const sentences = [
    `Looked at ${counted(scanned, 'task')}: ${did.length > 0 ? did.join(', ') : 'nothing to repair'}.`,
    failed > 0 && `${counted(failed, 'repair')} failed: the next pass tries again.`,
    unreadable > 0 && `${counted(unreadable, 'row')} cannot be read by this version.`,
    !done && 'Time ran out: it goes on by itself.',
  ].filter(part => part !== false)
  return { ...tally, since, done, summary: sentences.join(' ') }
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
