/** The store did not answer, or refused for a reason that is not the caller's. Whether a write was applied is unknown. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  /** The task whose row was written although the call failed: its hint could not be sent (H6). */
  declare readonly task?: string

  constructor(message: string, { task, ...options }: ErrorOptions & { readonly task?: string } = {}) {
    super(message, options)
    if (task !== undefined) this.task = task
  }
}
