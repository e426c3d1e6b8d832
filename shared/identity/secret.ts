const SHOWN = '[secret]'
/** What `util.inspect`, and so `console.log`, asks an object for: https://nodejs.org/api/util.html#utilinspectcustom */
const inspect = Symbol.for('nodejs.util.inspect.custom')

/** A text that shows itself only when it is asked to: in logs, errors and JSON it reads `[secret]` (SEC-45). */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself: for the answer that hands it out once, or for the call that needs it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [inspect](): string {
    return SHOWN
  }
}
