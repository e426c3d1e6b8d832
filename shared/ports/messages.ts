/** The messages that carry hints, while they are being worked on. Nothing here decides about a task: a message that comes back is judged. */
export interface Messages {
  /**
   * Hides them from other workers for so long from now on. Never rejects.
   * @returns ids of those for which that has not happened, as far as anybody knows
   */
  hide(messages: readonly Received[], seconds: number): Promise<ReadonlySet<string>>
  /**
   * Deletes one before its batch has ended.
   * @throws StoreUnavailable
   */
  delete(message: Received): Promise<void>
}

export interface Received {
  readonly messageId: string
  /** Names this one receipt of the message: made anew each time it is received. */
  readonly receipt: string
  /** The queue that it came from: its ARN. */
  readonly queue: string
}
