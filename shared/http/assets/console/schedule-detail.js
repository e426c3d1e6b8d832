import { ask, Refused } from './api.js'
import { createBackfill } from './backfill.js'
import { element, sync } from './elements.js'
import { warn } from './notice.js'
import { createPast, createUpcoming } from './occurrences.js'
import { createControls } from './schedule-controls.js'
import { facts, pauseWords, stateBadge } from './schedule-facts.js'
import { createWatch } from './watch.js'

/**
 * @typedef {import('../../console-answers.ts').Schedule} Schedule
 * @typedef {ReturnType<typeof createBody>} Body
 */

/** Each time takes two requests, and a third when the next occurrence is another. */
const DETAIL_MS = 30_000

/**
 * One schedule: what it is, what is to come, what became of it, and what can be done.
 * @param {string} id
 * @param {{ failed(error: unknown): string | undefined, leave(words: string): void }} on
 */
export function createScheduleDetail(id, on) {
  const path = `schedules/${encodeURIComponent(id)}`
  const heading = element('h1', { tabindex: '-1' }, 'Schedule')
  const state = element('span')
  const text = element('p', { class: 'lead' })
  const paused = element('p', { class: 'banner', hidden: true })
  const place = element('div')
  /** @type {Body | undefined} */
  let body
  const watch = createWatch(
    DETAIL_MS,
    async () => {
      const answer = await ask('GET', path)
      /** @type {Schedule} */
      const schedule = answer.body
      heading.textContent = schedule.name
      document.title = `${schedule.name} · Pulse`
      state.replaceChildren(stateBadge(schedule))
      text.textContent = schedule.text
      paused.replaceChildren(...pauseWords(schedule))
      paused.hidden = !schedule.paused
      if (!body) {
        body = createBody(path, schedule, { ...on, attempt, inTurn: watch.inTurn })
        place.replaceChildren(body.whole)
      }
      await body.show(schedule, answer.at)
      return answer.at
    },
    failed,
  )

  /** @param {unknown} error */
  function failed(error) {
    if (!(error instanceof Refused) || error.status !== 404) return on.failed(error)
    heading.textContent = 'Not found'
    text.textContent = 'There is no such schedule. It may have been deleted, or it is not yours.'
    place.replaceChildren()
    state.replaceChildren()
    body = undefined
    watch.stop()
    return ''
  }

  /** @type {import('./schedule-controls.js').View['attempt']} */
  async function attempt(work, refusal) {
    const start = document.activeElement
    body?.rest(true)
    try {
      await work()
      await watch.refreshAnew()
    } catch (error) {
      if (on.failed(error) === undefined) return
      const { attempt, advice } = refusal(error)
      const isChanged = error instanceof Refused && [404, 409, 412].includes(error.status)
      warn(attempt, error, isChanged ? 'It is shown as it is now.' : advice)
      if (isChanged) await watch.refreshAnew()
    } finally {
      body?.rest(false)
      // Whoever uses a keyboard goes on where they were.
      if (start instanceof HTMLElement && document.activeElement === document.body) start.focus()
    }
  }

  return {
    title: 'Schedule',
    heading,
    whole: element(
      'section',
      {},
      element('p', { class: 'back' }, element('a', { href: '#' }, '← All schedules')),
      element('div', { class: 'top' }, element('div', { class: 'named' }, heading, state), watch.bar),
      text,
      paused,
      place,
    ),
    start: watch.start,
    stop: watch.stop,
  }
}

/**
 * What can be made only once the schedule is known.
 * @param {string} path
 * @param {Schedule} first
 * @param {object} on
 * @param {(error: unknown) => string | undefined} on.failed
 * @param {(words: string) => void} on.leave
 * @param {import('./schedule-controls.js').View['attempt']} on.attempt
 * @param {<T>(work: () => Promise<T>) => Promise<T>} on.inTurn
 */
function createBody(path, first, on) {
  let schedule = first
  const shown = { ...on, schedule: () => schedule }
  const controls = createControls(path, shown)
  const backfill = createBackfill(path, shown)
  controls.whole.lastElementChild?.before(backfill.opener)
  const fields = element('fieldset', {}, controls.whole, backfill.whole)
  const list = element('dl')
  const upcoming = createUpcoming(path, first)
  const past = createPast(path, on)

  return {
    whole: element(
      'div',
      {},
      fields,
      element(
        'div',
        { class: 'columns' },
        element('div', {}, upcoming.whole, past.whole),
        element('section', {}, element('h2', {}, 'About'), list),
      ),
    ),
    /** @param {boolean} isResting */
    rest(isResting) {
      fields.disabled = isResting
    },
    /**
     * @param {Schedule} next
     * @param {Date} at
     */
    async show(next, at) {
      schedule = next
      controls.show(next)
      sync(list, facts(next, at))
      await upcoming.refresh(next, at)
      await past.refresh()
    },
  }
}
