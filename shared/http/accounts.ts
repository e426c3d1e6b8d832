import { PulseError } from '../core/errors.ts'
import type { Identity } from '../identity/identity.ts'
import type { Tokens } from '../identity/login.ts'
import type { Origin } from '../identity/session.ts'
import type { AuthVerbs } from './auth-verbs.ts'
import { json, noContent } from './call.ts'
import { accessCookie, cookieOf, deviceCookie, refreshCookie, setCookie } from './cookies.ts'
import { refuseOtherSites } from './credential.ts'
import type { HttpEvent, HttpResult } from './event.ts'
import { presentAccess, presentSession, presentTokens, presentUser } from './present-account.ts'

const YEAR_MS = 365 * 86_400_000
const MOST_AGENT = 200

/** One's own account: registration, sessions, password. */
export function createAccountVerbs(
  identity: Identity,
  refreshMs: number,
): Pick<
  AuthVerbs,
  'register' | 'login' | 'refresh' | 'logout' | 'me' | 'changePassword' | 'listSessions' | 'endSession'
> {
  return {
    async register({ body, note }) {
      const { email, password, invitation } = body
      const made = await identity.register({ email, password, ...(invitation !== undefined && { invitation }) })
      if (made !== undefined) note({ by: made, target: made })
      return json(201, JSON.stringify({ email }))
    },
    async login({ body, event, note }) {
      const known = cookieOf(event, deviceCookie)
      const tokens = await identity.login({
        email: body.email ?? body.username ?? '',
        password: body.password,
        from: originOf(event),
        ...(known !== undefined && { device: known }),
      })
      note({ by: tokens.user, target: tokens.session })
      const device = setCookie(deviceCookie, tokens.device, YEAR_MS)
      return body.cookie ? cookieResult(tokens, refreshMs, device) : withCookies(tokensResult(tokens), [device])
    },
    async refresh({ body, event, note }) {
      const given = body.refreshToken ?? body.refresh_token
      const cookie = given === undefined ? cookieOf(event, refreshCookie) : undefined
      if (cookie !== undefined) refuseOtherSites(event)
      const token = given ?? cookie
      if (token === undefined) throw missingToken()
      const tokens = await identity.refresh(token)
      note({ by: tokens.user, target: tokens.session })
      return cookie === undefined ? tokensResult(tokens) : cookieResult(tokens, refreshMs)
    },
    async logout({ actor, note }) {
      await identity.logout(actor)
      if (actor.credential !== undefined) note({ target: actor.credential })
      return withCookies(noContent, [setCookie(accessCookie, '', 0), setCookie(refreshCookie, '', 0)])
    },
    async me({ actor }) {
      return json(200, JSON.stringify(presentUser(await identity.me(actor))))
    },
    async changePassword({ actor, body, note }) {
      note({ target: actor.owner })
      const access = await identity.changePassword(actor, body.currentPassword, body.newPassword)
      return json(200, JSON.stringify(access ? presentAccess(access) : {}))
    },
    async listSessions({ actor }) {
      const items = (await identity.sessions(actor)).map(session => presentSession(session, actor.credential))
      return json(200, JSON.stringify({ items }))
    },
    async endSession({ actor, id }) {
      await identity.endSession(actor, id)
      return noContent
    },
  }
}

function tokensResult(tokens: Tokens): HttpResult {
  return json(200, JSON.stringify(presentTokens(tokens)))
}

/** The tokens are in the cookies alone, where no script of the page can read them (SEC-12). */
function cookieResult(tokens: Tokens, refreshMs: number, ...more: string[]): HttpResult {
  const { accessToken, refreshToken, expiresInMs } = tokens
  return withCookies(json(200, JSON.stringify({ expires_in: expiresInMs / 1_000 })), [
    ...more,
    setCookie(accessCookie, accessToken, expiresInMs),
    setCookie(refreshCookie, refreshToken.reveal(), refreshMs),
  ])
}

function withCookies(result: HttpResult, cookies: string[]): HttpResult {
  return { ...result, cookies }
}

function originOf({ requestContext }: HttpEvent): Origin {
  const { sourceIp, userAgent } = requestContext.http
  return { address: sourceIp, userAgent: (userAgent ?? '').slice(0, MOST_AGENT) }
}

function missingToken(): PulseError {
  const detail = 'send the refresh token as refreshToken'
  return new PulseError('malformed', detail, { errors: [{ pointer: '/refreshToken', detail }] })
}
