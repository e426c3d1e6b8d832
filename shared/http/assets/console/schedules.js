// The page of schedules: the list, one of them at `#id`, or the way to sign in.
import { Refused } from './api.js'
import { element } from './elements.js'
import { hush, say, wordsOf } from './notice.js'
import { createScheduleDetail } from './schedule-detail.js'
import { createScheduleList } from './schedule-list.js'
import { createSignIn, sessionBar } from './session.js'
import { isSet, set } from './storage.js'

const main = /** @type {HTMLElement} */ (document.querySelector('#main'))
const preferences = /** @type {HTMLElement} */ (document.querySelector('#preferences'))
const session = element('span', { class: 'session' })
/** @type {ReturnType<typeof createScheduleList> | ReturnType<typeof createScheduleDetail> | undefined} */
let view

const on = {
  /**
   * What to say of an error; nothing when another page says it.
   * @param {unknown} error
   */
  failed(error) {
    if (!(error instanceof Refused) || error.status !== 401) return wordsOf(error)
    showSignIn()
    return undefined
  },
  /** @param {string} words */
  leave(words) {
    history.replaceState(null, '', location.pathname + location.search)
    show()
    say(words)
  },
}

function show() {
  view?.stop()
  hush()
  document.querySelector('dialog')?.close()
  const id = location.hash.slice(1)
  view = id === '' ? createScheduleList(on) : createScheduleDetail(id, on)
  put(view)
  void view.start()
}

function showSignIn() {
  view?.stop()
  view = undefined
  session.replaceChildren()
  put({ title: 'Sign in', ...createSignIn(start) })
}

/** @param {{ title: string, heading: HTMLElement, whole: HTMLElement }} next */
function put({ title, heading, whole }) {
  const isFirst = main.querySelector('h1') === null
  document.title = `${title} · Pulse`
  main.replaceChildren(whole)
  // Told to who does not see it; at the start the browser tells of the page itself.
  if (!isFirst) heading.focus()
}

async function start() {
  show()
  session.replaceChildren(...(await sessionBar(showSignIn)))
}

function utcSwitch() {
  const box = element('input', { type: 'checkbox', checked: isSet('pulse.utc') })
  box.addEventListener('change', () => {
    set('pulse.utc', box.checked)
    if (view) show()
    box.focus()
  })
  return element('label', { class: 'switch' }, box, 'Times in UTC')
}

preferences.append(utcSwitch(), session)
addEventListener('hashchange', show)
await start()
