import { ask, Refused } from './api.js'
import { button, element } from './elements.js'
import { wordsOf } from './notice.js'
import { isSet, set } from './storage.js'

/**
 * Asks for an e-mail address and a password.
 * @param {() => void} signedIn
 */
export function createSignIn(signedIn) {
  const email = element('input', { type: 'email', name: 'email', autocomplete: 'username', required: true })
  const password = element('input', {
    type: 'password',
    name: 'password',
    autocomplete: 'current-password',
    required: true,
  })
  const refusal = element('p', { role: 'alert', class: 'refusal' })
  const fields = element(
    'fieldset',
    {},
    element('label', {}, 'E-mail', email),
    element('label', {}, 'Password', password),
    element('button', { type: 'submit', class: 'primary' }, 'Sign in'),
  )
  // `post`: were the script to fail, the password must not end up in an address.
  const form = element('form', { method: 'post', class: 'sign-in' }, fields, refusal)
  form.addEventListener('submit', async event => {
    event.preventDefault()
    fields.disabled = true
    refusal.textContent = ''
    try {
      await signIn(email.value, password.value)
      signedIn()
    } catch (error) {
      fields.disabled = false
      refusal.textContent = wordsOf(error)
      password.value = ''
      password.focus()
    }
  })
  const heading = element('h1', { tabindex: '-1' }, 'Sign in')
  const about = element('p', {}, 'The schedules are shown to people who have an account here.')
  return { heading, whole: element('section', { class: 'narrow' }, heading, about, form) }
}

/**
 * @param {string} email
 * @param {string} password
 */
async function signIn(email, password) {
  await ask('POST', 'auth/login', { body: { email, password, cookie: true } })
  try {
    await ask('GET', 'auth/me')
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error
    throw new Error('The password is right, but this browser keeps the session only over https or from localhost.')
  }
  set('pulse.session', true)
}

/**
 * Who has signed in, with a way out. Nothing where nobody has.
 * @param {() => void} signedOut
 */
export async function sessionBar(signedOut) {
  if (!isSet('pulse.session')) return []
  try {
    const { body } = await ask('GET', 'auth/me')
    const out = button('Sign out', async () => {
      out.disabled = true
      try {
        await ask('POST', 'auth/logout')
      } catch (error) {
        out.disabled = false
        // Who is not known any more is out.
        if (!(error instanceof Refused) || error.status !== 401) throw error
      }
      set('pulse.session', false)
      signedOut()
    })
    return [element('span', { class: 'who' }, body.email), out]
  } catch {
    // The view asks as well, and says what is wrong.
    return []
  }
}
