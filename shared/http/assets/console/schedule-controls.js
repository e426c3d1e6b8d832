import { ask, Refused } from './api.js'
import { confirm } from './dialog.js'
import { button, element } from './elements.js'
import { say } from './notice.js'
import { taskLink } from './schedule-facts.js'

/**
 * @typedef {import('../../console-answers.ts').Schedule} Schedule
 *
 * @typedef {object} View What a control needs of the view that it belongs to.
 * @property {() => Schedule} schedule as it was read last
 * @property {(words: string) => void} leave goes to the list, and says so
 * @property {(work: () => Promise<void>, refusal: (error: unknown) => Refusal) => Promise<void>} attempt does something while every control rests
 *
 * @typedef {{ readonly attempt: string, readonly advice?: string }} Refusal what to say of something that failed
 */

const LONGEST_REASON = 500

/**
 * Pause, resume, trigger and delete.
 * @param {string} path of the schedule
 * @param {View} on
 */
export function createControls(path, on) {
  /** Of a trigger whose fate is unknown: asked again, it finds the task that it has made. @type {string | undefined} */
  let key
  const pauseOrResume = button('Pause…', () => (on.schedule().paused ? resume() : pause()))
  const whole = element(
    'div',
    { class: 'controls' },
    button('Trigger now', trigger, 'primary'),
    pauseOrResume,
    button('Delete…', remove, 'danger'),
  )

  async function pause() {
    const { name } = on.schedule()
    const reason = await confirm({
      title: `Pause ${name}?`,
      text: 'Its occurrences are left out until it is resumed. Tasks that are made already run.',
      action: 'Pause',
      kind: 'primary',
      field: { label: 'Reason (optional)', longest: LONGEST_REASON },
    })
    if (reason === undefined) return
    await on.attempt(
      async () => {
        await ask('POST', `${path}/pause`, { body: reason === '' ? {} : { reason } })
        say(`Paused ${name}.`)
      },
      () => ({ attempt: 'Not paused' }),
    )
  }

  function resume() {
    return on.attempt(
      async () => {
        await ask('POST', `${path}/resume`)
        say(`Resumed ${on.schedule().name}. It goes on with the next occurrence.`)
      },
      () => ({ attempt: 'Not resumed' }),
    )
  }

  function trigger() {
    return on.attempt(
      async () => {
        const { id } = await triggered()
        say(`Triggered ${on.schedule().name}. It made `, taskLink(id), '.')
      },
      () =>
        key === undefined
          ? { attempt: 'Not triggered' }
          : {
              attempt: 'It is not known whether a task was made',
              advice: 'Trigger again: if there is one, it is found and not doubled.',
            },
    )
  }

  /** The key is of one press, and is kept for as long as nobody knows what became of that. */
  async function triggered() {
    key ??= newKey()
    try {
      const { body } = await ask('POST', `${path}/trigger`, { headers: { 'idempotency-key': key } })
      key = undefined
      return body
    } catch (error) {
      if (error instanceof Refused && error.status < 500) key = undefined
      throw error
    }
  }

  async function remove() {
    const { name } = on.schedule()
    const answer = await confirm({
      title: `Delete ${name}?`,
      text: 'It fires no more and cannot be brought back. The tasks that it has made stay.',
      action: 'Delete',
      kind: 'danger',
    })
    if (answer === undefined) return
    await on.attempt(
      async () => {
        await ask('DELETE', path, { headers: asShown(on.schedule()) })
        on.leave(`Deleted ${name}.`)
      },
      () => ({ attempt: 'Not deleted' }),
    )
  }

  return {
    whole,
    /** @param {Schedule} schedule */
    show({ paused, state }) {
      pauseOrResume.textContent = paused ? 'Resume' : 'Pause…'
      pauseOrResume.hidden = state === 'FINISHED'
    },
  }
}

/**
 * Holds for the schedule as it is shown: what somebody else has changed meanwhile is refused, and shown first.
 * @param {Pick<Schedule, 'generation'>} schedule
 */
export function asShown({ generation }) {
  return { 'if-match': `"${generation}"` }
}

/** `randomUUID` is missing where a page came over plain HTTP. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `console-${[...bytes].map(each => each.toString(16).padStart(2, '0')).join('')}`
}
