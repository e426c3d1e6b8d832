/** What the simulation holds the program to: promises, and the hazard of a storm of hints, which breaks none at once. */
export const promises = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P10', 'P11', 'P15', 'H20'] as const
export type Promised = (typeof promises)[number]

export interface Violation {
  readonly promise: Promised
  readonly task: string
  readonly what: string
}
