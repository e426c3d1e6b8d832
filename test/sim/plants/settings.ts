/** Harsher histories than are drawn, for rules that are rarely needed. */
export const calm = { messageLost: 0, timerLost: 0, purge: 0 }
export const unreconciled = { reconciled: false }
export const deadly = {
  rates: { ...calm, crash: 0.05 },
  settings: { ...unreconciled, exits: 0.4, tasks: 12, pauses: 0 },
}
export const pausing = { rates: { ...calm, freeze: 0 }, settings: { pauses: 5, tasks: 16, faultyMs: 240_000 } }
