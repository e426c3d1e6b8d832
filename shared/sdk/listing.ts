import type { Transport } from './transport.ts'
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

/** A list of the API. */
export function listOf<Item>(
  transport: Transport,
  path: string,
  filter: URLSearchParams,
  signal: AbortSignal | undefined,
): Listing<Item> {
  return new Listing(async cursor => {
    const query = new URLSearchParams(filter)
    if (cursor !== undefined) query.set('cursor', cursor)
    return (await transport.send<Page<Item>>({ method: 'GET', path, query, signal })).body
  })
}
