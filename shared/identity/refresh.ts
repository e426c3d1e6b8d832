import { AuditHint } from '../core/audit-hint.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { type IdentityEnvironment, LONGEST_SESSION_MS } from './environment.ts'
import { accessTokenOf, type Tokens } from './login.ts'
import { sameText } from './mac.ts'
import { hashToken, parseRefreshToken, refreshTokenOf } from './refresh-token.ts'
import { removeSession, type Session, sessionKey, sessionOf, sessionWrite } from './session.ts'
import type { Keys, SigningKeys } from './signing-keys.ts'
import { readUser } from './user.ts'

/** An answer that was lost is given again within this time; later a second use means that somebody else has the token (SEC-9). */
const FORGIVEN_MS = 10_000
const TRIES = 3

/**
 * Exchanges a refresh token for the next one, by one conditional write.
 * @throws PulseError `unauthorized` in the same words for whatever is wrong
 */
export async function refresh(on: IdentityEnvironment, signing: SigningKeys, text: string): Promise<Tokens> {
  const token = parseRefreshToken(text)
  if (!token) throw refused()
  const keys = await signing.current()
  const key = sessionKey(token.user, token.session)
  for (let tries = 0; tries < TRIES; tries++) {
    const [known, record] = await Promise.all([readUser(on.records, token.user), on.records.read(key)])
    const now = on.clock.now()
    const session = record && sessionOf(record)
    if (!record || !session || !known || session.endsAt <= now) throw refused()
    if (known.user.disabledAt !== undefined || known.user.sessionVersion !== session.sessionVersion) throw refused()
    if (token.generation !== session.generation) return repeated(on, keys, session, text, token.generation, now)
    if (!sameText(hashToken(text), session.hash)) throw refused()
    const next = refreshTokenOf(keys.refresh, session.id, session.generation + 1)
    const rotated: Session = {
      ...session,
      generation: session.generation + 1,
      hash: hashToken(next.reveal()),
      rotatedAt: now,
      endsAt: Math.min(now + on.settings.refreshMs, session.createdAt + LONGEST_SESSION_MS),
    }
    if (await on.records.write([sessionWrite(rotated, record.version)]))
      return { ...(await accessTokenOf(on, keys, rotated)), refreshToken: next }
  }
  throw new PulseError('unavailable', 'the session is changing too fast: try again')
}

/** The token was used before: by its owner, whose answer was lost, or by a thief, or by an owner after a thief. */
async function repeated(
  on: IdentityEnvironment,
  keys: Keys,
  session: Session,
  text: string,
  generation: number,
  now: Instant,
): Promise<Tokens> {
  // What was never given out ends nobody's session.
  if (!sameText(refreshTokenOf(keys.refresh, session.id, generation).reveal(), text)) throw refused()
  const next = refreshTokenOf(keys.refresh, session.id, session.generation)
  const lost = generation === session.generation - 1 && now - session.rotatedAt <= FORGIVEN_MS
  if (lost && sameText(hashToken(next.reveal()), session.hash))
    return { ...(await accessTokenOf(on, keys, session)), refreshToken: next }
  await removeSession(on.records, session.user, session.id)
  on.onReuse(session.user)
  throw new PulseError('unauthorized', refused().message, {
    cause: new AuditHint({ by: session.user, target: session.id, reason: 'a refresh token was used a second time' }),
  })
}

function refused(): PulseError {
  return new PulseError('unauthorized', 'the refresh token is unknown, used or expired: log in again')
}
