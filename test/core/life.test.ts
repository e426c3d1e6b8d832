import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../shared/core/change.ts'
import { lifecycle } from '../../shared/core/lifecycle.ts'
import type { Instant, TaskRow } from '../../shared/core/task.ts'
import * as core from '../../shared/core/transitions.ts'
import { judge } from '../../shared/core/verdict.ts'
import { apply } from '../helpers/core-apply.ts'
import { isPossible, isTerminal } from '../helpers/core-cells.ts'
import { at, error, hint } from '../helpers/core-fixtures.ts'

const holderActs = ['heartbeat', 'progress', 'complete', 'fail', 'snooze', 'release', 'discard', 'stop'] as const
const otherActs = ['claim', 'cancel', 'edit', 'requeue', 'expire'] as const
type HolderAct = (typeof holderActs)[number]
type OtherAct = (typeof otherActs)[number]
interface Step {
  readonly act: HolderAct | OtherAct
  /** Which of the holders so far, the latest first; most of them have lost their lease. */
  readonly holder: number
  /** Time that passes before. */
  readonly ms: number
  /** Somebody acts on the row as it was so many changes ago. */
  readonly stale: number
}
interface Holder {
  readonly lease: core.Lease
  readonly known: TaskRow
}

/** One task among claims, crashes, zombies and people: everybody may act at any time, on what they last knew. */
class Life {
  rows: TaskRow[]
  now: Instant = at('10:00:00')
  holders: Holder[] = []
  starts = 0
  givenBack = 0
  /** Lines that were ever written. */
  lines = 1
  attempts = new Map<string, string>()

  constructor(maxAttempts: number, lifeMs: number | undefined) {
    const expiry = lifeMs === undefined ? {} : { expiresAt: this.now + lifeMs }
    const task = { id: 'task_7', name: 'n', owner: 'user_3', priority: 2, runAt: this.now + 5_000, ...expiry } as const
    const row = apply(core.submit({ ...task, maxAttempts }, this.now), undefined)
    if (!row) throw new Error('a submit of a new task was refused')
    this.rows = [row]
  }

  get row(): TaskRow {
    const row = this.rows.at(-1)
    if (!row) throw new Error('there is always a row')
    return row
  }

  take(step: Step): void {
    this.now += step.ms
    if (step.act === 'claim') this.claim()
    else if (isHolderAct(step.act)) this.settle(step.act, step)
    else this.decide(step.act, this.rows.at(-1 - (step.stale % this.rows.length)) ?? this.row)
  }

  claim(): void {
    const lease = { task: 'task_7', token: `token-${this.holders.length}`, endsAt: this.now + 30_000 }
    const before = this.row
    if (this.commit(core.claim({ ...hint, messageId: `message-${this.lines}` }, lease, this.now), 'claim')) {
      expect(before.runAt, 'P7').toBeLessThanOrEqual(this.now)
      expect(before.cancelRequestedAt, 'P11').toBeUndefined()
      this.starts += 1
      expect(this.starts, 'P4').toBeLessThanOrEqual(this.row.maxAttempts + this.givenBack)
      const number = `${this.row.run}/${this.row.attempt}`
      expect(this.attempts.get(number), 'P4').toBeUndefined()
      this.attempts.set(number, lease.token)
      this.holders.push({ lease, known: this.row })
      return
    }
    const verdict = judge(hint, this.row, this.now)
    if (verdict.do === 'bury') expect(this.commit(core.bury(verdict.row, this.now), 'bury')).toBe(true)
  }

  settle(act: HolderAct, { holder: back, ms }: Step): void {
    const holder = this.holders.at(-1 - (back % Math.max(1, this.holders.length)))
    if (!holder) return
    const isHeld = this.row.leaseToken === holder.lease.token
    const isWritten = this.commit(this.byHolder(act, holder, ms), act)
    if (!isHeld) expect(isWritten, 'P3').toBe(false)
    else if (!isWritten && act !== 'heartbeat') {
      // Refused although the lease holds: cancel was requested, which the row that won tells.
      expect(this.row.cancelRequestedAt, 'H51').toBeDefined()
      expect(this.commit(this.byHolder(act, { ...holder, known: this.row }, ms), act)).toBe(true)
      expect(this.row.state, 'H51').toBe('CANCELED')
    } else if (isWritten && (act === 'snooze' || act === 'release') && this.row.state === 'PENDING') this.givenBack += 1
  }

  byHolder(act: HolderAct, { lease, known }: Holder, ms: number): Change {
    switch (act) {
      case 'heartbeat':
        return core.heartbeat({ ...lease, endsAt: this.now + 30_000 - ms })
      case 'progress':
        return core.reportProgress(lease, { percent: 50 })
      case 'complete':
        return core.complete(lease, known.attempt, {}, this.now)
      case 'fail':
        return core.fail(lease, known, error, ms, this.now)
      case 'snooze':
        return core.snooze(lease, known, ms, this.now)
      case 'release':
        return core.release(lease, known, this.now, 'the worker stops')
      case 'discard':
        return core.discard(lease, known, error, this.now)
      case 'stop':
        return core.stop(lease, known, 'no need', this.now)
    }
  }

  decide(act: Exclude<OtherAct, 'claim'>, read: TaskRow): void {
    const change = this.decided(act, read)
    if (change && this.commit(change, act)) expect(read.version).toBe(this.row.version - 1)
  }

  decided(act: Exclude<OtherAct, 'claim'>, read: TaskRow): Change | undefined {
    const name = act === 'cancel' && read.state === 'RUNNING' ? 'requestCancel' : act
    const from: readonly string[] = lifecycle[name].from
    if (!from.includes(read.state)) return undefined
    switch (name) {
      case 'cancel':
        return core.cancel(read, this.now, 'user_9')
      case 'requestCancel':
        return core.requestCancel(read, this.now, 'user_9')
      case 'edit':
        return core.edit(read, { runAt: this.now + 1_000 }, this.now, 'user_9')
      case 'requeue':
        return core.requeue(read, this.now, 'user_9')
      case 'expire':
        return core.expire(read, this.now)
    }
  }

  commit(change: Change, act: string): boolean {
    const before = this.row
    const row = apply(change, before)
    if (!row) return false
    this.rows.push(row)
    const isQuiet = act === 'heartbeat' || act === 'progress'
    if (!isQuiet) this.lines += 1
    expect(isPossible(row), `a ${row.state} row after ${act}`).toBe(true)
    expect(row.version - before.version, 'version').toBe(act === 'heartbeat' ? 0 : 1)
    expect(
      row.history.reduce((sum, line) => sum + (line.folded ?? 1), 0),
      'lines',
    ).toBe(this.lines)
    if (isTerminal(before.state)) expect(act, 'P3').toBe('requeue')
    if (row.run !== before.run) [this.starts, this.givenBack] = [0, 0]
    else expect(row.attempt, 'attempt only grows').toBeGreaterThanOrEqual(before.attempt)
    return true
  }
}

function isHolderAct(act: Step['act']): act is HolderAct {
  return holderActs.some(each => each === act)
}

const usual: fc.Arbitrary<Step['act']> = fc.constantFrom('claim', 'fail', 'snooze', 'release', 'heartbeat', 'requeue')
const steps = fc.array(
  fc.record({
    act: fc.oneof(usual, fc.constantFrom(...holderActs, ...otherActs)),
    holder: fc.oneof(fc.constant(0), fc.nat(9)),
    ms: fc.constantFrom(0, 1, 1_000, 9_000, 32_000, 61_000),
    stale: fc.oneof(fc.constant(0), fc.nat(3)),
  }),
  { maxLength: 200, size: 'max' },
)
const lives = fc.option(fc.constantFrom(20_000, 300_000), { nil: undefined })

describe('whatever happens to a task', () => {
  test('P3 P4 P7 P11 H51 no rule is broken, and the history stays within 50 lines', () => {
    fc.assert(
      fc.property(steps, lives, (all, lifeMs) => {
        const life = new Life(5, lifeMs)
        for (const step of all) {
          life.take(step)
          expect(life.row.history.length).toBeLessThanOrEqual(50)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('P2 P5 it ends once faults stop, after no more starts than it has attempts', () => {
    fc.assert(
      fc.property(steps, lives, fc.integer({ min: 1, max: 100 }), (all, lifeMs, maxAttempts) => {
        const life = new Life(maxAttempts, lifeMs)
        for (const step of all) life.take(step)
        const left = life.row.attemptsLeft
        let starts = 0
        while (!isTerminal(life.row.state)) {
          life.now = Math.max(life.now, life.row.wakeAt ?? Number.NaN)
          const before = life.holders.length
          life.claim()
          starts += life.holders.length - before // whose worker dies at once
          expect(starts).toBeLessThanOrEqual(left)
        }
        expect(starts).toBeLessThanOrEqual(left)
      }),
      { numRuns: 200 },
    )
  })

  test('a history grows past 50 lines only by the starts of workers that died, one line each', () => {
    const life = new Life(100, undefined)
    for (let attempt = 1; attempt <= 100; attempt++) {
      life.now = life.row.wakeAt ?? Number.NaN
      life.claim()
    }
    expect(life.row.history).toHaveLength(101)
    life.now = life.row.wakeAt ?? Number.NaN
    life.claim()
    expect(life.row.state).toBe('DEAD')
    expect(life.row.history.length).toBeLessThanOrEqual(50)
  })
})
