/**
 * How long functions take is not measured, because nothing here is Lambda: it is assumed, for so much memory. It is mostly the
 * processor's time, so with more memory they take less, and cost as much. Hashing a password takes 35 ms of a whole processor, of which so much memory buys 0.29.
 */
export const assumed = { baseMs: 10, callMs: 5, hashMs: 120, memoryMegabytes: 512 } as const
