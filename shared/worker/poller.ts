import type { Gate } from '../core/dispatch.ts'
import type { Hint, Instant } from '../core/task.ts'
import type { Disposal } from '../engine/handle-hint.ts'
import type { Clock } from '../ports/clock.ts'
import type { HandlerRunner } from '../ports/handler-runner.ts'

/** Where hints come from: in embedded mode, the lanes over the task rows. */
export interface HintSource {
  receive(max: number, gate: Gate, now: Instant): Hint[]
  done(hint: Hint, again?: Instant): void
  nextDueAt(gate: Gate): Instant
  onWork(listener: (at: Instant) => void): void
}

export interface PollerOptions {
  readonly source: HintSource
  readonly gate: { current(now: Instant): Gate; nextChangeAt(now: Instant): Instant }
  readonly clock: Clock
  /** Handlers that may run at a time. */
  readonly concurrency: number
  handle(hint: Hint): Promise<Disposal>
  /** A hint could not be handled: the store is out of reach. */
  failed(error: unknown): void
}

export interface Poller {
  start(): void
  /** Looks for work now. */
  poke(): void
  /** Takes no more work. @returns when what was taken has been settled */
  stop(): Promise<void>
  /** A runner whose handlers give their slot back as soon as they end, while the outcome is still being written. */
  slotted(runner: HandlerRunner): HandlerRunner
}

/** After the store has failed, and for hints that could not be handled. */
const RETRY_MS = 1_000
/** Longest sleep; a clock that jumps ahead is noticed after it. */
const LONGEST_SLEEP_MS = 60_000

export function createPoller(options: PollerOptions): Poller {
  const { source, clock } = options
  const slots = new Set<string>()
  let handling = 0
  let idle = () => {}
  let running = false
  let scheduled = false
  let timerAt = Number.POSITIVE_INFINITY
  let cancelTimer = () => {}

  function poke(): void {
    if (scheduled || !running) return
    scheduled = true
    // In this turn of the event loop: the claims then share a transaction with the outcomes that made room for them.
    setImmediate(poll)
  }

  function poll(): void {
    scheduled = false
    if (!running) return
    const now = clock.now()
    const gate = options.gate.current(now)
    const room = options.concurrency - slots.size
    try {
      if (room > 0) for (const hint of source.receive(room, gate, now)) take(hint)
    } catch (error) {
      // The file could not be read: nobody waits for this turn of the event loop, so nobody else can say so.
      options.failed(error)
      sleepUntil(now + RETRY_MS, now)
      return
    }
    // A slot that is given back pokes; only with room left is time what is waited for.
    if (slots.size < options.concurrency)
      sleepUntil(Math.min(source.nextDueAt(gate), options.gate.nextChangeAt(now)), now)
  }

  function take(hint: Hint): void {
    slots.add(hint.task)
    handling++
    void handle(hint)
  }

  async function handle(hint: Hint): Promise<void> {
    try {
      const disposal = await options.handle(hint)
      source.done(hint, disposal === 'leave' ? clock.now() + RETRY_MS : undefined)
    } catch (error) {
      options.failed(error)
      source.done(hint, clock.now() + RETRY_MS)
    }
    giveBack(hint.task)
    if (--handling === 0) idle()
  }

  function giveBack(task: string): void {
    if (slots.delete(task)) poke()
  }

  function sleepUntil(at: Instant, now: Instant): void {
    const wakeAt = Math.min(at, now + LONGEST_SLEEP_MS)
    if (wakeAt >= timerAt && timerAt > now) return
    cancelTimer()
    timerAt = wakeAt
    cancelTimer = clock.after(Math.max(0, wakeAt - now), () => {
      timerAt = Number.POSITIVE_INFINITY
      poke()
    })
  }

  return {
    start() {
      running = true
      source.onWork(at => {
        const now = clock.now()
        if (at <= now) poke()
        else if (running && slots.size < options.concurrency) sleepUntil(at, now)
      })
      poke()
    },
    poke,
    async stop() {
      running = false
      cancelTimer()
      timerAt = Number.POSITIVE_INFINITY
      if (handling > 0) await new Promise<void>(resolve => (idle = resolve))
    },
    slotted: runner => ({
      run: (invocation, hooks, abortion) =>
        runner.run(invocation, hooks, abortion).then(end => {
          giveBack(invocation.id)
          return end
        }),
      close: () => runner.close(),
    }),
  }
}
