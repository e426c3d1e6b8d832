import type { Answer, Call } from './network.ts'
import type { World } from './world.ts'

/** How often each kind of fault happens in one history. Zero: never. */
export interface Rates {
  /** Of calls: */
  readonly requestLost: number
  readonly replyLost: number
  readonly doubled: number
  readonly slow: number
  readonly throttled: number
  readonly serverError: number
  readonly crash: number
  readonly freeze: number
  readonly partlyRefused: number
  /** Of reads that need not be consistent. */
  readonly staleRead: number
  /** Of messages: */
  readonly messageDoubled: number
  readonly messageLost: number
  readonly messageLate: number
  readonly messageEarly: number
  readonly deleteIgnored: number
  /** A batch is received, and nobody is called. */
  readonly receivedForNothing: number
  /** Throttled pollers have received it before, and called nobody. */
  readonly countRaised: number
  readonly timerDoubled: number
  readonly timerLost: number
  readonly timerLate: number
  /** Of answers to clients of the API. */
  readonly clientUnheard: number
  /** Queues are emptied so often in a history. */
  readonly purge: number
}

const MOST: Rates = {
  requestLost: 0.04,
  replyLost: 0.06,
  doubled: 0.05,
  slow: 0.05,
  throttled: 0.08,
  serverError: 0.08,
  crash: 0.03,
  freeze: 0.01,
  partlyRefused: 0.1,
  staleRead: 0.3,
  messageDoubled: 0.15,
  messageLost: 0.1,
  messageLate: 0.2,
  messageEarly: 0.2,
  deleteIgnored: 0.1,
  receivedForNothing: 0.02,
  countRaised: 0.1,
  timerDoubled: 0.3,
  timerLost: 0.3,
  timerLate: 0.5,
  clientUnheard: 0.1,
  purge: 1,
}

/** Faults that only a reconcile heals. */
const NEED_RECONCILE = ['messageLost', 'timerLost', 'purge'] as const

/** Each history has some of the faults, in a strength of its own: with all of them at once most states are never reached. */
export function drawRates({ random }: World, reconciled: boolean): Rates {
  const rates = { ...MOST }
  for (const kind of Object.keys(MOST) as (keyof Rates)[]) {
    const strength = random.next()
    const isOn = random.chance(0.5)
    rates[kind] = isOn ? MOST[kind] * strength : 0
  }
  if (!reconciled) for (const kind of NEED_RECONCILE) rates[kind] = 0
  return rates
}

/** What becomes of one call. */
export interface Fate {
  readonly requestMs: number
  readonly replyMs: number
  /** `cut`: the caller learns of it at once. */
  readonly request: 'arrives' | 'lost' | 'cut'
  readonly reply: 'arrives' | 'lost' | 'cut'
  /** The request arrives once more, so much later. */
  readonly twinMs?: number | undefined
  /** The service answers so, and does nothing. */
  readonly refusal?: Answer | undefined
  readonly crash?: 'sending' | 'applied' | 'replying' | undefined
  readonly freezeMs?: number | undefined
}

export interface Faults {
  readonly rates: Rates
  /** Whether a fault of this kind happens now. */
  happens(kind: keyof Rates): boolean
  fateOf(call: Call): Fate
}

const SLOW_MS = 6_000
const FROZEN_MS = 50_000

export function createFaults(world: World, rates: Rates): Faults {
  const { random } = world
  const happens = (kind: keyof Rates) => world.faulty && random.chance(rates[kind])
  const delay = () => random.between(1, 15) + (happens('slow') ? random.between(200, SLOW_MS) : 0)

  return {
    rates,
    happens,
    fateOf: call => ({
      requestMs: delay(),
      replyMs: delay(),
      request: happens('requestLost') ? random.pick(['lost', 'cut'] as const) : 'arrives',
      reply: happens('replyLost') ? random.pick(['lost', 'cut'] as const) : 'arrives',
      twinMs: happens('doubled') ? random.between(1, SLOW_MS) : undefined,
      refusal: happens('throttled') ? refusal(call, 400) : happens('serverError') ? refusal(call, 500) : undefined,
      crash: happens('crash') ? random.pick(['sending', 'applied', 'replying'] as const) : undefined,
      freezeMs: happens('freeze') ? random.between(500, FROZEN_MS) : undefined,
    }),
  }
}

function refusal({ service }: Call, status: 400 | 500): Answer {
  const throttled = service === 'dynamodb' ? 'ProvisionedThroughputExceededException' : 'ThrottlingException'
  return { status, body: { __type: `com.amazonaws#${status === 400 ? throttled : 'InternalServerError'}` } }
}
