import { button, element } from './elements.js'

/**
 * Asks before something is done. Escape, and a press on Cancel, mean no.
 * @param {{ title: string, text: string, action: string, kind: string, field?: { label: string, longest: number } }} question
 * @returns {Promise<string | undefined>} what was written into the field, empty without one; nothing for no
 */
export function confirm({ title, text, action, kind, field }) {
  const input = field && element('input', { type: 'text', maxlength: String(field.longest), autocomplete: 'off' })
  const yes = element('button', { type: 'submit', class: kind }, action)
  const no = button('Cancel', () => dialog.close())
  const form = element(
    'form',
    { method: 'dialog' },
    element('h2', { id: 'question' }, title),
    element('p', { id: 'question-text' }, text),
    field && input ? element('label', {}, field.label, input) : undefined,
    element('p', { class: 'actions' }, no, yes),
  )
  const dialog = element('dialog', { 'aria-labelledby': 'question', 'aria-describedby': 'question-text' }, form)
  document.body.append(dialog)
  dialog.showModal()
  const start = input ?? no
  start.focus()
  return new Promise(resolve => {
    /** @type {string | undefined} */
    let answer
    form.addEventListener('submit', () => {
      answer = input?.value.trim() ?? ''
    })
    // By then the focus is back where it was.
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(answer)
    })
  })
}
