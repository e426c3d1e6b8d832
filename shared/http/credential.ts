import { type Actor, localActor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Verifier } from '../identity/verify.ts'
import { accessCookie, cookieOf } from './cookies.ts'
import type { HttpEvent } from './event.ts'

const SCHEME = 'bearer '

/**
 * Finds out who asks, from the header `Authorization: Bearer …` or from the cookie of a page.
 * @param open whether a request without a credential is one of the person at this machine
 */
export function createActorOf(verifier: Pick<Verifier, 'verify'>, open: boolean): (event: HttpEvent) => Promise<Actor> {
  return async event => {
    const { authorization } = event.headers
    if (authorization !== undefined) {
      // What follows the scheme is judged by those who know tokens and keys.
      if (authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME) throw missing()
      return verifier.verify(authorization.slice(SCHEME.length).trim())
    }
    const cookie = cookieOf(event, accessCookie)
    if (cookie !== undefined) {
      refuseOtherSites(event)
      return verifier.verify(cookie)
    }
    if (open) return localActor
    throw missing()
  }
}

function missing(): PulseError {
  return new PulseError(
    'unauthorized',
    'send an access token or an API key with the header "Authorization: Bearer …"; /api/v1/auth/login gives tokens',
  )
}

/**
 * Browsers send cookies along whoever made the request, so a page of another site must not change anything by them (SEC-12).
 * @throws PulseError `forbidden`
 */
export function refuseOtherSites({ headers, requestContext }: HttpEvent): void {
  if (requestContext.http.method === 'GET') return
  const site = headers['sec-fetch-site']
  const { origin, host } = headers
  const same = site === undefined ? origin !== undefined && hostOf(origin) === host : site === 'same-origin'
  if (!same) throw new PulseError('forbidden', 'with a cookie, changes are taken only from pages of this site')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
