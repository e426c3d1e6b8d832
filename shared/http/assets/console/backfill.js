import { ask, Refused } from './api.js'
import { button, element, table } from './elements.js'
import { say } from './notice.js'
import { asShown } from './schedule-controls.js'
import { taskLink } from './schedule-facts.js'
import { shownZone, time } from './times.js'

/**
 * @typedef {import('../../console-answers.ts').BackfillAnswer} BackfillAnswer
 * @typedef {{ readonly from: string, readonly to: string }} Range
 */

const SPAN_MS = 86_400_000
/** A preview holds up to a thousand. */
const SHOWN = 100

/**
 * Makes the tasks of a range that is past: first told, then done.
 * @param {string} path of the schedule
 * @param {Pick<import('./schedule-controls.js').View, 'attempt' | 'schedule'>} on
 */
export function createBackfill(path, on) {
  const zone = shownZone()
  const from = element('input', { type: 'datetime-local', name: 'from', step: '1', required: true })
  const to = element('input', { type: 'datetime-local', name: 'to', step: '1', required: true })
  const found = element('div', { 'aria-live': 'polite' })
  const form = element(
    'form',
    { method: 'post', class: 'range' },
    element('label', {}, `From (${zone})`, from),
    element('label', {}, `To (${zone})`, to),
    element('button', { type: 'submit' }, 'Preview'),
  )
  const whole = element(
    'section',
    { class: 'panel', id: 'backfill', hidden: true },
    element('h2', {}, 'Backfill'),
    element(
      'p',
      {},
      'Makes the tasks of occurrences that are past, by the rule and the task as they are now, at most 1,000 at a time. What was made is not doubled.',
    ),
    form,
    found,
  )
  const opener = button('Backfill…', toggle)
  opener.setAttribute('aria-expanded', 'false')
  opener.setAttribute('aria-controls', 'backfill')

  function toggle() {
    whole.hidden = !whole.hidden
    opener.setAttribute('aria-expanded', String(!whole.hidden))
    if (whole.hidden) return
    if (to.value === '') {
      to.value = written(Date.now(), zone)
      from.value = written(Date.now() - SPAN_MS, zone)
    }
    from.focus()
  }

  // What is shown belongs to the range that it was asked for.
  form.addEventListener('input', () => found.replaceChildren())
  form.addEventListener('submit', event => {
    event.preventDefault()
    void preview({ from: meant(from.value, zone), to: meant(to.value, zone) })
  })

  /** @param {Range} range */
  function preview(range) {
    found.replaceChildren()
    return on.attempt(
      async () => show(await backfill(range, true), range),
      () => ({ attempt: 'No preview' }),
    )
  }

  /** @param {Range} range */
  function make(range) {
    return on.attempt(
      async () => {
        const answer = await backfill(range, false)
        show(answer, range)
        say(`Backfilled: ${countWords(answer)}.`)
      },
      error =>
        error instanceof Refused && error.status < 500
          ? { attempt: 'Not backfilled' }
          : {
              attempt: 'The backfill was broken off',
              advice: 'Tasks may have been made: a new preview tells, and a repeat doubles none.',
            },
    )
  }

  /**
   * @param {Range} range
   * @param {boolean} dryRun
   * @returns {Promise<BackfillAnswer>}
   */
  async function backfill(range, dryRun) {
    const headers = asShown(on.schedule())
    const { body } = await ask('POST', `${path}/backfill`, { body: { ...range, dryRun }, headers })
    return body
  }

  /**
   * @param {BackfillAnswer} answer
   * @param {Range} range
   */
  function show(answer, range) {
    const { items, dryRun } = answer
    const list = table(dryRun ? 'Preview' : 'Backfilled', ['Due', 'Outcome', 'Task'])
    list.body.append(
      ...items.slice(0, SHOWN).map(({ scheduledFor, outcome, detail, taskId }) => {
        const isThere = outcome === 'present' || (outcome === 'made' && !dryRun)
        const word = dryRun && outcome === 'made' ? 'would be made' : outcome
        const more = detail === undefined ? undefined : element('span', { class: 'beside' }, detail)
        return list.row([
          time(scheduledFor),
          [element('span', { class: `badge ${outcome}` }, word), more],
          isThere ? taskLink(taskId) : undefined,
        ])
      }),
    )
    const count = items.filter(({ outcome }) => outcome === 'made').length
    const start = button(`Make ${count} ${count === 1 ? 'task' : 'tasks'}`, () => make(range), 'primary')
    found.replaceChildren(
      element('p', {}, items.length === 0 ? 'The range holds no occurrence.' : `Tasks: ${countWords(answer)}.`),
      ...(dryRun && count > 0 ? [start] : []),
      ...(items.length > 0 ? [element('h3', {}, dryRun ? 'Preview' : 'Backfilled'), list.whole] : []),
      ...(items.length > SHOWN ? [element('p', { class: 'beside' }, `And ${items.length - SHOWN} more.`)] : []),
    )
  }

  return { whole, opener }
}

/** @param {BackfillAnswer} answer */
function countWords({ items, dryRun }) {
  const counts = { made: 0, present: 0, refused: 0 }
  for (const { outcome } of items) counts[outcome]++
  const all = [`${counts.made} ${dryRun ? 'would be made' : 'made'}`]
  if (counts.present > 0) all.push(`${counts.present} there already`)
  if (counts.refused > 0) all.push(`${counts.refused} refused`)
  return all.join(', ')
}

/**
 * A time as a field for one holds it.
 * @param {number} at
 * @param {string} zone
 */
function written(at, zone) {
  const offset = zone === 'UTC' ? 0 : new Date(at).getTimezoneOffset() * 60_000
  return new Date(at - offset).toISOString().slice(0, 16)
}

/**
 * @param {string} field
 * @param {string} zone
 */
function meant(field, zone) {
  return new Date(zone === 'UTC' ? `${field}Z` : field).toISOString()
}
