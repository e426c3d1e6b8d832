import type { HttpEvent } from './event.ts'

/** `__Host-`: browsers take them only over TLS (or from localhost), from this host and for all of its paths. */
export const accessCookie = '__Host-pulse_access'
export const refreshCookie = '__Host-pulse_refresh'
/** Tells an account that this device has logged in before. */
export const deviceCookie = '__Host-pulse_device'

const VALUE = /^[\w.~+/=-]{1,4096}$/

/** The value of a cookie; undefined when it is absent, given twice, or nothing that we have made. */
export function cookieOf(event: HttpEvent, name: string): string | undefined {
  // An HTTP API hands cookies over by themselves, a REST API as the header.
  const pairs = event.cookies ?? event.headers.cookie?.split(/;\s*/) ?? []
  const values = pairs.filter(pair => pair.startsWith(`${name}=`)).map(pair => pair.slice(name.length + 1))
  const [value] = values
  return values.length === 1 && value !== undefined && VALUE.test(value) ? value : undefined
}

/** @param maxAgeMs 0 removes it */
export function setCookie(name: string, value: string, maxAgeMs: number): string {
  return `${name}=${value}; Path=/; Max-Age=${Math.floor(maxAgeMs / 1_000)}; HttpOnly; Secure; SameSite=Strict`
}
