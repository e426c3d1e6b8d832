/** A part of the space that is searched in full: how many workers, people and faults there are. */
export interface Setting {
  readonly name: string
  readonly defines: readonly string[]
  /** Whether every task ends, with weak fairness; otherwise the assertions. */
  readonly isLiveness: boolean
}

export const settings = [
  {
    name: 'workers',
    defines: ['WORKERS=2', 'PEOPLE=0', 'CRASHES=2', 'LOST_ANSWERS=1'],
    isLiveness: false,
  },
  {
    name: 'a person',
    defines: ['WORKERS=2', 'PEOPLE=1', 'REQUESTS=1', 'CRASHES=0', 'LOST_ANSWERS=0'],
    isLiveness: false,
  },
  {
    name: 'cancel, requeue',
    defines: ['WORKERS=2', 'PEOPLE=1', 'REQUESTS=2', 'CRASHES=0', 'LOST_ANSWERS=0', 'MAX_ATTEMPTS=1'],
    isLiveness: false,
  },
  {
    name: 'two people',
    defines: ['WORKERS=1', 'PEOPLE=2', 'REQUESTS=1', 'CRASHES=1', 'LOST_ANSWERS=0', 'MAX_ATTEMPTS=1', 'GIVEN_BACK=0'],
    isLiveness: false,
  },
  {
    name: 'hints lost, doubled',
    defines: ['WORKERS=2', 'PEOPLE=0', 'CRASHES=0', 'LOST_ANSWERS=0', 'LOST_HINTS=1', 'RECONCILE', 'SPARE_HINTS'],
    isLiveness: false,
  },
  {
    name: 'ends: retries',
    defines: ['WORKERS=1', 'PEOPLE=0', 'CRASHES=1', 'LOST_ANSWERS=1'],
    isLiveness: true,
  },
  {
    name: 'ends: two workers',
    defines: ['WORKERS=2', 'PEOPLE=0', 'CRASHES=1', 'LOST_ANSWERS=0', 'MAX_ATTEMPTS=2', 'GIVEN_BACK=0'],
    isLiveness: true,
  },
  {
    name: 'ends: a person',
    defines: ['WORKERS=1', 'PEOPLE=1', 'REQUESTS=1', 'CRASHES=1', 'LOST_ANSWERS=1', 'MAX_ATTEMPTS=1', 'GIVEN_BACK=0'],
    isLiveness: true,
  },
  {
    name: 'ends: hints lost',
    defines: [
      'WORKERS=1',
      'PEOPLE=0',
      'CRASHES=1',
      'LOST_ANSWERS=0',
      'LOST_HINTS=1',
      'RECONCILE',
      'MAX_ATTEMPTS=1',
      'GIVEN_BACK=0',
    ],
    isLiveness: true,
  },
] as const satisfies readonly Setting[]

export type SettingName = (typeof settings)[number]['name']

/** A rule that can be taken out of the model, and what must find that. */
export interface Rule {
  /** The model is compiled with this. */
  readonly without: string
  readonly rule: string
  /** Where the program has it: the file, and a text of it that a test looks for. */
  readonly in: string
  readonly line: string
  readonly foundBy: SettingName
}

const START = 'shared/core/transitions/start.ts'
const SETTLE = 'shared/core/transitions/settle.ts'
const PEOPLE = 'shared/core/transitions/people.ts'
const PARTS = 'shared/core/transitions/parts.ts'
const BURY = 'shared/core/transitions/bury.ts'
const VERDICT = 'shared/core/verdict.ts'
const ATTEMPT = 'shared/engine/attempt.ts'

export const rules: readonly Rule[] = [
  {
    without: 'NO_WAKE',
    rule: 'a claim needs a row that is due',
    in: START,
    line: "{ field: 'wakeAt', op: 'notAfter', value: now }",
    foundBy: 'workers',
  },
  {
    without: 'NO_BUDGET',
    rule: 'a claim needs an attempt that is left',
    in: START,
    line: "{ field: 'attemptsLeft', op: 'above', value: 0 }",
    foundBy: 'workers',
  },
  {
    without: 'NO_CHARGE',
    rule: 'a claim takes an attempt',
    in: START,
    line: 'attemptsLeft: decrement',
    foundBy: 'workers',
  },
  {
    without: 'NO_FRESH_TOKEN',
    rule: 'each claim makes a token of its own',
    in: ATTEMPT,
    line: 'token: on.entropy.token()',
    foundBy: 'workers',
  },
  {
    without: 'NO_OWN_TOKEN',
    rule: 'a claim whose answer was lost is known by its token',
    in: ATTEMPT,
    line: 'row?.leaseToken === lease.token ? row : undefined',
    foundBy: 'workers',
  },
  {
    without: 'NO_LATE_CHECK',
    rule: 'no start when the answer came after the lease',
    in: ATTEMPT,
    line: 'if (on.clock.now() >= lease.endsAt)',
    foundBy: 'workers',
  },
  {
    without: 'NO_FENCE',
    rule: 'an outcome is written under its token',
    in: SETTLE,
    line: 'expect: [held(lease)],',
    foundBy: 'workers',
  },
  {
    without: 'NO_HEARTBEAT_FENCE',
    rule: 'a lease is extended under its token',
    in: 'shared/core/transitions/hold.ts',
    line: 'expect: [held(lease), {',
    foundBy: 'workers',
  },
  {
    without: 'NO_WAKE_REMOVED',
    rule: 'what has ended never wakes',
    in: PARTS,
    line: 'heldBy: removed, wakeAt: removed, version: increment }',
    foundBy: 'workers',
  },
  {
    without: 'NO_BURY_WAKE',
    rule: 'a burial needs a row that is still due',
    in: BURY,
    line: "{ field: 'wakeAt', op: 'notAfter', value: now }",
    foundBy: 'workers',
  },
  {
    without: 'NO_VERSION',
    rule: 'a change decided on a row that was read needs that row',
    in: PARTS,
    line: "expect: [{ field: 'version', op: 'is', value: row.version }]",
    foundBy: 'a person',
  },
  {
    without: 'NO_CANCEL_TAKES_ALL',
    rule: 'a request to cancel takes all attempts',
    in: PEOPLE,
    line: 'cancelRequestedAt: now, attemptsLeft: 0',
    foundBy: 'a person',
  },
  {
    without: 'NO_CANCEL_CLAUSE',
    rule: 'an outcome does not pass over a request to cancel',
    in: SETTLE,
    line: "{ field: 'cancelRequestedAt', op: 'absent', value: 0 }",
    foundBy: 'a person',
  },
  {
    without: 'NO_NEW_RUN',
    rule: 'a requeue starts another run',
    in: PEOPLE,
    line: 'run: increment',
    foundBy: 'a person',
  },
  {
    without: 'NO_BACKSTOP',
    rule: 'a requeue sends a hint before its write, too',
    in: PEOPLE,
    line: 'backstopAt: now + BACKSTOP_MS',
    foundBy: 'ends: a person',
  },
  {
    without: 'NO_REPLAY_HINT',
    rule: 'a repeated submit sends the hint again',
    in: 'shared/engine/submit.ts',
    line: 'await on.backend.hints.send(winner, winner.runAt)',
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_RETRY_HINT',
    rule: 'what waits again gets a hint',
    in: SETTLE,
    line: 'hintAt: set.wakeAt',
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_ACK_LAST',
    rule: 'a message is deleted last',
    in: 'shared/engine/handle-hint.ts',
    line: "return verdict.do === 'ack' || verdict.do === 'leave' ? verdict.do : dispose(hint, verdict, on)",
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_JUDGE',
    rule: 'a lost write is judged, not acknowledged',
    in: 'shared/engine/settle.ts',
    line: 'return judge(hint, winner, now)',
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_LOOK_AGAIN',
    rule: 'what waits for later gets a new hint',
    in: VERDICT,
    line: "return { do: 'look again', at: row.wakeAt, row }",
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_SPARE_LOOK',
    rule: 'what is held under another message is looked at again',
    in: VERDICT,
    line: "return { do: 'look again', at: spareAt(row, now), row }",
    foundBy: 'ends: two workers',
  },
  {
    without: 'NO_LEAVE',
    rule: "the holder's own message stays",
    in: VERDICT,
    line: "if (row.heldBy === hint.messageId) return { do: 'leave' }",
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_BURY',
    rule: 'what may not start any more is ended',
    in: VERDICT,
    line: "{ do: 'bury', row }",
    foundBy: 'ends: retries',
  },
  {
    without: 'NO_RECONCILE',
    rule: 'a row that is overdue gets a hint',
    in: 'shared/worker/repair-page.ts',
    line: 'else if (await isOverdue(row, now)) overdue.push(row)',
    foundBy: 'ends: hints lost',
  },
]
