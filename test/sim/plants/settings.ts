/** Harsher histories than are drawn, for rules that are rarely needed. */
export const calm = { messageLost: 0, timerLost: 0, purged: 0, clockJumped: 0 }
export const unreconciled = { reconciled: false }
export const deadly = {
  rates: { ...calm, crashAfterApply: 0.03, crashInReply: 0.03 },
  settings: { ...unreconciled, exits: 0.4, tasks: 12, pauses: 0 },
}
export const pausing = {
  rates: { ...calm, frozen: 0, clockJumped: 0 },
  settings: { pauses: 5, tasks: 16, faultyMs: 240_000 },
}
