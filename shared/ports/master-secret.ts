/** The secret that all keys of accounts are derived from. It never leaves the process in any form (SEC-44). */
export interface MasterSecret {
  /** Random bytes, at least 32: the one in use first, then the one before it, if there was one. */
  read(): Promise<readonly Uint8Array[]>
  /** Puts another one in its place; the one in use becomes the one before. */
  replace(next: Uint8Array): Promise<void>
}
