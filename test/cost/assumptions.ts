/**
 * How long functions take is not measured, because nothing here is Lambda: it is assumed, for so much memory. It is mostly the
 * processor's time, so with more memory they take less, and cost as much.
 */
export const assumed = { baseMs: 10, callMs: 5, memoryMegabytes: 512 } as const
