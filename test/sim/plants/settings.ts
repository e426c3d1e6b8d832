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
/** Messages come early and twice, and whoever has them first is slow to delete them. */
export const twice = {
  rates: { ...calm, frozen: 0.15, messageDoubled: 0.7, messageEarly: 0.9, messageLate: 0.7 },
  settings: { ...unreconciled, pauses: 0, exits: 0.4, tasks: 16 },
}
