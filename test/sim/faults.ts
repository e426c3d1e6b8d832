import { type Fault, faultKinds, faultNames, needReconcile } from './fault-kinds.ts'
import type { Answer, Call } from './network.ts'
import type { World } from './world.ts'

/** How often each kind of fault happens in one history. Zero: never. */
export type Rates = Readonly<Record<Fault, number>>

/** Each history has some of the faults, in a strength of its own: with all of them at once most states are never reached. */
export function drawRates({ random }: World, reconciled: boolean): Rates {
  const rates = {} as Record<Fault, number> // all of them follow
  for (const fault of faultNames) {
    const { most, perHistory } = faultKinds[fault]
    const strength = random.next()
    const isOn = random.chance(perHistory ? 0.25 : 0.4)
    rates[fault] = isOn ? (perHistory ? Math.ceil(most * strength) : most * strength) : 0
  }
  // Whoever trusts a clock that is wrong by an hour can promise little about time: those histories are about the rest.
  if (!random.chance(0.2)) rates.clockJumped = 0
  if (!reconciled) for (const fault of needReconcile) rates[fault] = 0
  return rates
}

/** What becomes of one call. */
export interface Fate {
  readonly requestMs: number
  readonly replyMs: number
  /** The request arrives once more, so much later. */
  readonly twinMs?: number | undefined
  /** The service answers so, and does nothing. */
  readonly refusal?: Answer | undefined
  readonly ends?: End | undefined
  readonly freezeMs?: number | undefined
}

/** How a call may end otherwise than with its answer. */
export type End = (typeof ends)[number]

/** Every way in which a call can end badly. */
export const ends = [
  'crashBeforeSend',
  'crashAfterApply',
  'crashInReply',
  'requestLost',
  'requestCut',
  'replyLost',
  'replyCut',
  'errorAfterApply',
] as const satisfies readonly Fault[]

export interface Faults {
  readonly rates: Rates
  /** Whether a fault of this kind happens now. @param about what it happens to, when that is one thing */
  happens(kind: Fault, about?: string): boolean
  /** One that was not drawn has happened. */
  happened(kind: Fault, about?: string): void
  fateOf(call: Call, about: string): Fate
  /** How often each has happened. */
  counts(): Readonly<Partial<Record<Fault, number>>>
}

const SLOW_MS = 6_000
const FROZEN_MS = 50_000

export interface FaultOptions {
  readonly rates: Rates
  /** Hears of each. */
  readonly noted?: (kind: Fault, about: string) => void
  /** Takes the place of chance for the calls of processes: what happens to which of them. */
  readonly plan?: (call: Call) => End | undefined
}

export function createFaults(world: World, { rates, noted, plan }: FaultOptions): Faults {
  const { random } = world
  const counts: Partial<Record<Fault, number>> = {}

  function happened(kind: Fault, about = ''): void {
    counts[kind] = (counts[kind] ?? 0) + 1
    noted?.(kind, about)
  }

  function happens(kind: Fault, about = ''): boolean {
    if (!world.faulty || !random.chance(rates[kind])) return false
    happened(kind, about)
    return true
  }

  function endOf(call: Call, about: string): End | undefined {
    if (plan) return plan(call)
    if (call.from.name.startsWith('reconcile') && happens('crashInReconcile', about))
      return random.pick(['crashBeforeSend', 'crashAfterApply', 'crashInReply'] as const)
    return ends.find(end => happens(end, about))
  }

  return {
    rates,
    happens,
    happened,
    counts: () => counts,
    fateOf(call, about) {
      const slow = (kind: Fault) => (happens(kind, about) ? random.between(200, SLOW_MS) : 0)
      const given = { requestMs: random.between(1, 15), replyMs: random.between(1, 15) }
      // Most histories have few of the faults, and a call has none of them most of the time.
      if (!world.faulty && !plan) return given
      const end = endOf(call, about)
      return {
        requestMs: given.requestMs + slow('requestSlow'),
        replyMs: given.replyMs + slow('replySlow'),
        ends: end,
        twinMs: happens('requestDoubled', about) ? random.between(1, SLOW_MS) : undefined,
        refusal: end ? undefined : refusalOf(call, about),
        freezeMs: happens('frozen', about) ? random.between(500, FROZEN_MS) : undefined,
      }
    },
  }

  function refusalOf({ service }: Call, about: string): Answer | undefined {
    if (happens('throttled', about))
      return refused(400, service === 'dynamodb' ? 'ProvisionedThroughputExceededException' : 'ThrottlingException')
    return happens('serverError', about) ? internalError : undefined
  }
}

function refused(status: number, type: string): Answer {
  return { status, body: { __type: `com.amazonaws#${type}` } }
}

export const internalError: Answer = refused(500, 'InternalServerError')
