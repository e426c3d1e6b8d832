import { decodeBase64url } from './base64url.ts'
import { CHARACTER, isSessionId, OWNED_LENGTH, ownerOf } from './ids.ts'
import { type MacKey, macOf } from './mac.ts'
import { Secret } from './secret.ts'

export { hashToken } from './token-hash.ts'

export interface RefreshTokenParts {
  readonly session: string
  readonly user: string
  /** How often the session's token had been replaced when this one was made. */
  readonly generation: number
}

const MAC_LENGTH = 43
const REFRESH_TOKEN = new RegExp(`^prt_(${CHARACTER}{${OWNED_LENGTH}})_(0|[1-9]\\d{0,8})_([\\w-]{${MAC_LENGTH}})$`)
const MOST_GENERATIONS = 999_999_999

/**
 * The token of a session's generation. It follows from these alone, so that a repeat of a rotation whose answer was lost gives the same
 * successor, with nothing stored that could be stolen (SEC-9).
 * @throws TypeError for what is no session's id or no generation
 */
export function refreshTokenOf(key: MacKey, session: string, generation: number): Secret {
  if (!isSessionId(session)) throw new TypeError('a refresh token belongs to a session')
  if (!Number.isInteger(generation) || generation < 0 || generation > MOST_GENERATIONS) {
    throw new TypeError(`generations are counted from 0 to ${MOST_GENERATIONS}`)
  }
  return new Secret(`prt_${session.slice('ses_'.length)}_${generation}_${macOf(key, `${session}|${generation}`)}`)
}

/** What a text says about itself, if it has the form of a refresh token and nothing more: compare its hash. */
export function parseRefreshToken(text: string): RefreshTokenParts | undefined {
  const [, owned, generation, mac] = REFRESH_TOKEN.exec(text) ?? []
  if (owned === undefined || mac === undefined || !decodeBase64url(mac)) return undefined
  return { session: `ses_${owned}`, user: ownerOf(owned), generation: Number(generation) }
}
