/** Promises that the simulation holds the program to. */
export type Promised = 'P1' | 'P2' | 'P3' | 'P4' | 'P6' | 'P7' | 'P8' | 'P10' | 'P11'

export interface Violation {
  readonly promise: Promised
  readonly task: string
  readonly what: string
}
