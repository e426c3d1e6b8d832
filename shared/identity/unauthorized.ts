import { PulseError } from '../core/errors.ts'

/** The words of every refusal of a token or API key: whoever tries them learns nothing about which were close (SEC-8). */
export const UNAUTHORIZED = 'the token or API key is unknown, expired or revoked: log in again, or use another one'

export function unauthorized(): PulseError {
  return new PulseError('unauthorized', UNAUTHORIZED)
}
