import { ask } from './api.js'
import { button } from './elements.js'
import { warn } from './notice.js'

/** Most that the API gives at a time. */
const LONGEST_PAGE = 200

/**
 * A list of the API as far as it was asked for, which may be read again as a whole.
 * @template T
 * @param {string} path
 * @param {number} size of the first page, and of each further one
 */
export function createPages(path, size) {
  /** @type {readonly T[]} */
  let items = []
  /** @type {string | undefined} */
  let next
  let at = new Date()

  /**
   * @param {number} limit
   * @param {string | undefined} cursor
   * @returns {Promise<import('../../console-answers.ts').Page<T>>}
   */
  async function read(limit, cursor) {
    const place = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await ask('GET', `${path}?limit=${limit}${place}`)
    at = answer.at
    return answer.body
  }

  return {
    items: () => items,
    hasMore: () => next !== undefined,
    /** When the server told it. */
    at: () => at,
    async refresh() {
      const wanted = Math.max(size, items.length)
      let page = await read(Math.min(wanted, LONGEST_PAGE), undefined)
      const found = [...page.items]
      while (page.nextCursor !== undefined && found.length < wanted) {
        page = await read(Math.min(wanted - found.length, LONGEST_PAGE), page.nextCursor)
        found.push(...page.items)
      }
      items = found
      next = page.nextCursor
    },
    async more() {
      const page = await read(size, next)
      items = [...items, ...page.items]
      next = page.nextCursor
    },
  }
}

/**
 * A button for the next page of a list.
 * @param {Pick<ReturnType<typeof createPages>, 'items' | 'more'>} pages
 * @param {Element} rows
 * @param {{ failed(error: unknown): string | undefined, inTurn<T>(work: () => Promise<T>): Promise<T>, show(): void }} on
 */
export function moreButton(pages, rows, on) {
  const made = button('More', more, 'more')
  made.hidden = true

  async function more() {
    const before = pages.items().length
    made.disabled = true
    try {
      await on.inTurn(pages.more)
      on.show()
    } catch (error) {
      if (on.failed(error) !== undefined) warn('Not loaded', error)
    }
    made.disabled = false
    if (made.hidden) rows.children[before]?.querySelector('a')?.focus()
    else made.focus()
  }
  return made
}
