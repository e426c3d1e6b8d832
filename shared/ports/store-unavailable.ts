/** The store did not answer, or refused for a reason that is not the caller's. Whether a write was applied is unknown. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
