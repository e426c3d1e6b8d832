import { ask } from './api.js'
import { element, sync, table } from './elements.js'
import { createPages, moreButton } from './pages.js'
import { taskLink } from './schedule-facts.js'
import { clockChange, inZone, lateness, relative, shownZone, time } from './times.js'

/**
 * @typedef {import('../../console-answers.ts').Occurrence} Occurrence
 * @typedef {import('../../console-answers.ts').Page<Occurrence>} Upcoming
 * @typedef {import('../../console-answers.ts').Schedule} Schedule
 */

const AHEAD = 10
const OCCURRENCES = 20

/**
 * The next times of a schedule, with those on days when its clock is changed marked.
 * @param {string} path of the schedule
 * @param {Schedule} schedule of whose time zone the times are told too
 */
export function createUpcoming(path, { timeZone }) {
  const ofZone = timeZone !== undefined && timeZone !== shownZone() ? timeZone : undefined
  const list = table(`Next ${AHEAD}`, ['When', ...(ofZone ? [`In ${ofZone}`] : []), 'From now'])
  const none = element('p', { class: 'empty' }, 'There is no occurrence ahead.')
  const held = element('p', { class: 'beside' }, 'As long as it is paused, these are left out.')
  const whole = element('section', {}, element('h2', {}, `Next ${AHEAD}`), list.whole, held, none)

  /** @type {readonly Occurrence[]} */
  let items = []
  let known = ''

  /**
   * @param {Occurrence} occurrence
   * @param {Date} now
   */
  function row({ scheduledFor }, now) {
    const change = timeZone === undefined ? undefined : clockChange(scheduledFor, timeZone)
    const mark = change === undefined ? undefined : element('span', { class: 'mark' }, `Clock change: ${change}`)
    const away = [relative(scheduledFor, now), mark]
    return list.row([time(scheduledFor), ...(ofZone ? [inZone(scheduledFor, ofZone)] : []), away], mark && 'changing')
  }

  return {
    whole,
    /**
     * @param {Schedule} schedule
     * @param {Date} at
     */
    async refresh({ generation, next, paused }, at) {
      // They follow from the rule: as long as the first is the same, so are the others.
      const asked = `${generation} ${next[0]}`
      if (asked !== known) {
        const { body } = await ask('GET', `${path}/occurrences?when=future&limit=${AHEAD}`)
        items = /** @type {Upcoming} */ (body).items
        known = asked
      }
      sync(
        list.body,
        items.map(each => row(each, at)),
      )
      list.whole.hidden = items.length === 0
      none.hidden = items.length > 0
      held.hidden = !paused || items.length === 0
    },
  }
}

/**
 * What became of the occurrences of a schedule, the latest first.
 * @param {string} path of the schedule
 * @param {{ failed(error: unknown): string | undefined, inTurn<T>(work: () => Promise<T>): Promise<T> }} on
 */
export function createPast(path, on) {
  /** @type {ReturnType<typeof createPages<Occurrence>>} */
  const pages = createPages(`${path}/occurrences`, OCCURRENCES)
  const list = table('Occurrences', ['Due', 'Fired', 'Outcome', 'Task'])
  const none = element('p', { class: 'empty' }, 'Nothing has fired yet. What has is listed for 30 days.')
  const more = moreButton(pages, list.body, { ...on, show })

  function show() {
    const items = pages.items()
    sync(
      list.body,
      items.map(each => list.row(occurrenceCells(each))),
    )
    list.whole.hidden = items.length === 0
    none.hidden = items.length > 0
    more.hidden = !pages.hasMore()
  }

  return {
    whole: element('section', {}, element('h2', {}, 'Occurrences'), list.whole, none, more),
    async refresh() {
      await pages.refresh()
      show()
    },
  }
}

/** @param {Occurrence} occurrence */
function occurrenceCells({ scheduledFor, firedAt, outcome = 'fired', taskId, count, detail }) {
  const times = count === undefined || count === 1 ? '' : ` × ${count}`
  return [
    time(scheduledFor),
    firedAt && lateness(scheduledFor, firedAt),
    [
      element('span', { class: `badge ${outcome}` }, `${outcome}${times}`),
      detail === undefined ? undefined : element('span', { class: 'beside' }, detail),
    ],
    taskLink(taskId),
  ]
}
