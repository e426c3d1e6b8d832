import type { Page } from './types.ts'

/**
 * A list that is fetched page by page while it is walked:
 * `for await (const task of pulse.list({ state: 'DEAD' })) …`
 */
export class Listing<Item> implements AsyncIterable<Item> {
  readonly #fetchPage: (cursor: string | undefined) => Promise<Page<Item>>

  constructor(fetchPage: (cursor: string | undefined) => Promise<Page<Item>>) {
    this.#fetchPage = fetchPage
  }

  /** One page: the first, or the one that the `nextCursor` of the page before leads to. */
  page(cursor?: string): Promise<Page<Item>> {
    return this.#fetchPage(cursor)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    let cursor: string | undefined
    do {
      const page = await this.page(cursor)
      yield* page.items
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }
}
