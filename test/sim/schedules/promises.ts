/** What histories of schedules are held to. */
export const promises = ['P12', 'H70', 'H71', 'H72', 'H73', 'H74', 'H76', 'H77', 'H78'] as const
export type Promised = (typeof promises)[number]

export interface Violation {
  readonly promise: Promised
  readonly schedule: string
  readonly what: string
}

/** What a check has found: undefined when all is well. */
export type Wrong = readonly [promise: Promised, what: string]
