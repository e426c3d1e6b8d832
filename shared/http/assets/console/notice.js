import { button, element } from './elements.js'

/** @typedef {import('./elements.js').Content} Content */

const said = /** @type {HTMLElement} */ (document.querySelector('#said'))
const refused = /** @type {HTMLElement} */ (document.querySelector('#refused'))

/**
 * Says what has been done.
 * @param {...Content} words
 */
export function say(...words) {
  hush()
  said.append(element('span', {}, ...words), dismiss())
}

/**
 * Says why something has not been done.
 * @param {string} attempt what was tried: "Not paused"
 * @param {unknown} error
 * @param {string} [advice]
 */
export function warn(attempt, error, advice) {
  hush()
  const { message, errors = [] } = /** @type {Error & Partial<import('./api.js').Refused>} */ (error)
  const words = [`${attempt}. ${message}`, ...(advice === undefined ? [] : [advice])].map(ended).join(' ')
  const fields = errors.map(({ pointer, detail }) => element('li', {}, element('code', {}, pointer), ` ${detail}`))
  refused.append(element('div', {}, words, fields.length > 0 ? element('ul', {}, ...fields) : undefined), dismiss())
}

export function hush() {
  said.replaceChildren()
  refused.replaceChildren()
}

/**
 * What to say of an error in the middle of a page.
 * @param {unknown} error
 */
export function wordsOf(error) {
  if (error instanceof Error) return ended(error.message)
  return String(error)
}

/** @param {string} text */
function ended(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function dismiss() {
  const made = button('×', hush, 'dismiss')
  made.setAttribute('aria-label', 'Dismiss')
  return made
}
