// What this browser remembers: a preference, and whether somebody has signed in. Nothing secret; the cookies are out of reach here.

/** @typedef {'pulse.utc' | 'pulse.session'} Name */

/** @param {Name} name */
export function isSet(name) {
  try {
    return localStorage.getItem(name) !== null
  } catch {
    // A browser that keeps nothing forbids the question.
    return false
  }
}

/**
 * @param {Name} name
 * @param {boolean} value
 */
export function set(name, value) {
  try {
    if (value) localStorage.setItem(name, '1')
    else localStorage.removeItem(name)
  } catch {
    // It is forgotten then.
  }
}
