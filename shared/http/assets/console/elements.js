/** What an element may hold; nothing for `undefined`. @typedef {Node | string | undefined} Content */

/**
 * Makes an element. Text becomes text nodes, so that nothing that the API tells can become markup.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes] `true` sets an empty one, `false` none
 * @param {...Content} contents
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...contents) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '')
    else if (value !== undefined && value !== false) made.setAttribute(name, value)
  }
  made.append(...present(contents))
  return made
}

/**
 * @param {string} label
 * @param {() => unknown} pressed
 * @param {string} [kind] class
 */
export function button(label, pressed, kind) {
  const made = element('button', { type: 'button', class: kind }, label)
  made.addEventListener('click', pressed)
  return made
}

/**
 * A table. Its roles keep it one for screen readers where a narrow screen shows rows as paragraphs, or as cards.
 * @param {string} label
 * @param {readonly string[]} headings
 * @param {string} [kind] class
 */
export function table(label, headings, kind) {
  const body = element('tbody', { role: 'rowgroup' })
  const heads = headings.map(each => element('th', { scope: 'col', role: 'columnheader' }, each))
  const whole = element(
    'table',
    { role: 'table', 'aria-label': label, class: kind },
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads)),
    body,
  )
  return {
    whole,
    body,
    /** @param {readonly (Content | readonly Content[])[]} cells in the order of the headings */
    row: (cells, kind = '') =>
      element(
        'tr',
        { role: 'row', class: kind },
        ...cells.map((contents, index) => cell(headings[index] ?? '', index === 0, contents)),
      ),
  }
}

/**
 * @param {string} heading
 * @param {boolean} isFirst names its row
 * @param {Content | readonly Content[]} contents
 */
function cell(heading, isFirst, contents) {
  const inside = element('div', {}, ...[contents].flat())
  return isFirst
    ? element('th', { scope: 'row', role: 'rowheader', 'data-heading': heading }, inside)
    : element('td', { role: 'cell', 'data-heading': heading }, inside)
}

/**
 * Makes the children of an element be those given. What is the same stays as it is: it keeps the focus, and what is selected.
 * @param {Element} parent
 * @param {readonly Element[]} children
 */
export function sync(parent, children) {
  children.forEach((child, index) => {
    const old = parent.children[index]
    if (!old) parent.append(child)
    else if (!old.isEqualNode(child)) replace(old, child)
  })
  while (parent.children.length > children.length) parent.lastElementChild?.remove()
}

/**
 * @param {Element} old
 * @param {Element} next
 */
function replace(old, next) {
  const link = old.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null
  old.replaceWith(next)
  if (!link) return
  const same = [...next.querySelectorAll('a')].find(each => each.getAttribute('href') === link)
  same?.focus()
}

/** @param {readonly Content[]} contents */
function present(contents) {
  return contents.filter(each => each !== undefined)
}
