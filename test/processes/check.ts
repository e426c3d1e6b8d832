import { expect } from 'vitest'
import type { FileRow } from '../helpers/data-file.ts'
import type { Effect } from '../helpers/effects.ts'
import type { Told } from './history.ts'

const ENDS = ['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED']
/** A task whose worker died is running again after at most so long (P6). */
const RECOVERY_MS = 60_000

/** Nothing lost, nothing doubled, nothing stale. */
export function check(told: Told): void {
  const { caller, rows, effects } = told
  const byId = new Map(rows.map(row => [row.id, row]))
  const { acks, sent } = caller.log

  // Lost: an acknowledged task that is not there, or is another one.
  expect([...acks.values()].filter(({ id, n }) => numberOf(byId.get(id)) !== n)).toEqual([])
  expect(acks.size).toBe(sent.size)

  // Doubled: two tasks of one submit, two ends of one run, two executions under one number.
  expect(rows.length).toBe(sent.size)
  expect(rows.filter(({ history }) => history.filter(({ to }) => ENDS.includes(to)).length !== 1)).toEqual([])
  const starts = effects.filter(({ kind }) => kind === 'start').map(attemptOf)
  expect(starts.length).toBe(new Set(starts).size)

  // Stale: an end that another attempt has written than the last one, or an attempt that nobody was charged for.
  const ended = new Set(effects.filter(({ kind }) => kind === 'end').map(attemptOf))
  expect(rows.filter(row => !isOfItsLastAttempt(row, ended))).toEqual([])
  expect(effects.filter(({ id, attempt }) => attempt > (byId.get(id)?.attempt ?? 0))).toEqual([])
  expect(
    rows.filter(({ history, attempt }) => history.filter(({ to }) => to === 'RUNNING').length !== attempt),
  ).toEqual([])

  expect(recoveries(told).filter(ms => ms > RECOVERY_MS)).toEqual([])
}

function numberOf(row: FileRow | undefined): number | undefined {
  return (row?.payload as { n: number } | undefined)?.n
}

function attemptOf({ id, run, attempt }: Pick<Effect, 'id' | 'run' | 'attempt'>): string {
  return `${id} ${run} ${attempt}`
}

function isOfItsLastAttempt(row: FileRow, ended: ReadonlySet<string>): boolean {
  const result = row.result as { n: number; attempt: number } | undefined
  return (
    row.state === 'COMPLETED' &&
    row.leaseToken === null &&
    row.wakeAt === null &&
    result?.n === numberOf(row) &&
    result?.attempt === row.attempt &&
    ended.has(attemptOf(row))
  )
}

/** For each attempt that a kill broke off: from the kill to the next start of its task. */
export function recoveries({ effects, kills }: Pick<Told, 'effects' | 'kills'>): number[] {
  const ended = new Set(effects.filter(({ kind }) => kind === 'end').map(attemptOf))
  const starts = effects.filter(({ kind }) => kind === 'start')
  return starts.flatMap(start => {
    if (ended.has(attemptOf(start))) return []
    const kill = kills.find(at => at >= start.at)
    const again = starts.find(({ id, attempt }) => id === start.id && attempt > start.attempt)
    return kill === undefined || !again || again.at < kill ? [] : [again.at - kill]
  })
}
