import { button, element } from './elements.js'
import { clockTime } from './times.js'

/** What is younger is not asked for again because somebody comes back to the page. */
const FRESH_MS = 10_000

/**
 * Keeps a view fresh while somebody looks at it: now and then, when they come back, and when they ask for it.
 * @param {number} everyMs a user has 500 requests an hour unless the server is told otherwise
 * @param {() => Promise<Date>} load reads and shows everything; answers as of when
 * @param {(error: unknown) => string | undefined} failed what to say of an error, if it is not told elsewhere
 */
export function createWatch(everyMs, load, failed) {
  let isStopped = true
  let asked = Number.NEGATIVE_INFINITY
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  /** @type {Promise<unknown>} */
  let tail = Promise.resolve()
  /** @type {Promise<void> | undefined} */
  let refreshing
  const asOf = element('span', { class: 'as-of' }, 'Loading…')
  const again = button('Refresh', () => refresh(), 'quiet')
  const bar = element('p', { class: 'watch' }, asOf, again)

  /** @param {number} ms */
  function plan(ms) {
    clearTimeout(timer)
    if (!isStopped && document.visibilityState === 'visible') timer = setTimeout(refresh, ms)
  }

  async function look() {
    let pause = everyMs
    asked = performance.now()
    try {
      const at = await load()
      if (!isStopped) asOf.replaceChildren('As of ', clockTime(at))
    } catch (error) {
      const words = isStopped ? undefined : failed(error)
      if (words !== undefined) asOf.textContent = words
      pause = Math.max(pause, Number(Object(error).waitMs ?? 0))
    }
    plan(pause)
  }

  /**
   * One after another, so that an older answer never replaces a newer one.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  function inTurn(work) {
    const result = tail.then(work)
    tail = result.catch(() => {})
    return result
  }

  function refresh() {
    clearTimeout(timer)
    refreshing ??= inTurn(look).finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  /** Also when one is on its way: that one may have been answered before what has just been done. */
  async function refreshAnew() {
    await refreshing
    if (!isStopped) await refresh()
  }

  function returned() {
    clearTimeout(timer)
    if (isStopped || document.visibilityState !== 'visible') return
    const age = performance.now() - asked
    if (age >= FRESH_MS) void refresh()
    else plan(everyMs - age)
  }

  return {
    bar,
    inTurn,
    refreshAnew,
    start() {
      isStopped = false
      document.addEventListener('visibilitychange', returned)
      addEventListener('focus', returned)
      return refresh()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', returned)
      removeEventListener('focus', returned)
    },
  }
}
