/** Payloads and results that are too large for a row. They go when their task's row goes. */
export interface BlobStore {
  /** Longest text, in UTF-8 bytes, that belongs into the row itself. */
  readonly inlineBytes: number
  /** Durable when it returns. A key is written once. */
  put(task: string, key: string, text: string): Promise<void>
  get(task: string, key: string): Promise<string | undefined>
}
