import { element, sync, table } from './elements.js'
import { createPages, moreButton } from './pages.js'
import { stateBadge, taskLink } from './schedule-facts.js'
import { relative, time } from './times.js'
import { createWatch } from './watch.js'

/** @typedef {import('../../console-answers.ts').ScheduleSummary} ScheduleSummary */

const SCHEDULES = 50
const LIST_MS = 15_000

/**
 * All schedules that one may see.
 * @param {{ failed(error: unknown): string | undefined }} on
 */
export function createScheduleList(on) {
  /** @type {ReturnType<typeof createPages<ScheduleSummary>>} */
  const pages = createPages('schedules', SCHEDULES)
  const list = table('Schedules', ['Schedule', 'Rule', 'State', 'Next', 'Last fired'], 'cards')
  list.whole.hidden = true
  const none = element(
    'p',
    { hidden: true, class: 'empty' },
    'There is no schedule yet. One is made by the API, by ',
    element('code', {}, 'pulse schedules create'),
    ', or declared beside the tasks.',
  )
  const watch = createWatch(
    LIST_MS,
    async () => {
      await pages.refresh()
      show()
      return pages.at()
    },
    on.failed,
  )

  const more = moreButton(pages, list.body, { ...on, ...watch, show })

  function show() {
    const items = pages.items()
    sync(
      list.body,
      items.map(each => list.row(scheduleCells(each, pages.at()))),
    )
    list.whole.hidden = items.length === 0
    none.hidden = items.length > 0
    more.hidden = !pages.hasMore()
  }

  const heading = element('h1', { tabindex: '-1' }, 'Schedules')
  return {
    title: 'Schedules',
    heading,
    whole: element('section', {}, element('div', { class: 'top' }, heading, watch.bar), list.whole, none, more),
    start: watch.start,
    stop: watch.stop,
  }
}

/**
 * @param {ScheduleSummary} schedule
 * @param {Date} now
 */
function scheduleCells(schedule, now) {
  const { id, name, task, text, nextAt, last } = schedule
  return [
    [
      element('a', { href: `#${encodeURIComponent(id)}` }, name),
      element('span', { class: 'beside' }, 'makes ', element('code', {}, task.name)),
    ],
    text,
    stateBadge(schedule),
    nextAt === undefined ? '–' : [time(nextAt), element('span', { class: 'beside' }, relative(nextAt, now))],
    last === undefined
      ? 'never'
      : [
          time(last.scheduledFor),
          element('span', { class: 'beside' }, relative(last.scheduledFor, now)),
          taskLink(last.taskId),
        ],
  ]
}
