import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { VerificationKey, VerificationKeys } from '../../shared/identity/access-token.ts'
import { deriveKeys, type SigningKey } from '../../shared/identity/keys.ts'
import { chance } from '../helpers/chance.ts'
import { at } from '../helpers/clock.ts'

export const NOW = at('14:23:45')
export const NOW_SECONDS = NOW / 1_000
export const rules = { issuer: 'https://pulse.example/prod', audience: 'pulse-api', lifetimeMs: 1_800_000 }

export const user = 'user_01K9FZC3V6T8QW2M4N7PXR5YHA'
export const session = 'ses_01K9FZC3V6T8QW2M4N7PXR5YHA8D3KJ6BV0E'
export const otherUser = 'user_01JX2B7H9S4DGQKM0V5WT8EZRN'

const keyOf = (seed: string) => deriveKeys(chance(seed)(32)).signing
/** In use, in use beside it, until now, and until before now; and one of another deployment. */
export const key = keyOf('in use')
export const secondKey = keyOf('also in use')
export const retiringKey = keyOf('until now')
export const retiredKey = keyOf('until before now')
export const foreignKey = keyOf('another deployment')

const known: VerificationKey[] = [
  key,
  secondKey,
  { ...retiringKey, notAfter: NOW },
  { ...retiredKey, notAfter: NOW - 1 },
].map(({ kid, x, ...rest }) => ({ kid, x, ...('notAfter' in rest && { notAfter: rest.notAfter }) }))

/** Our keys, and the ids that were asked for. */
export function keySet(): VerificationKeys & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async find(kid) {
      asked.push(kid)
      return known.find(each => each.kid === kid)
    },
  }
}

/** What differs from an honest token. */
export interface Draft {
  readonly key?: SigningKey
  /** Members that replace those of the header; undefined takes one away. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** Changes of the two texts before they are encoded and signed. */
  readonly headerText?: (text: string) => string | Buffer
  readonly claimsText?: (text: string) => string | Buffer
  readonly sign?: (input: Buffer, key: KeyObject) => Buffer
  /** Changes of the three parts, after they were signed. */
  readonly parts?: (parts: readonly [string, string, string]) => readonly string[]
  readonly text?: (text: string) => string
}

export const honestClaims = {
  iss: rules.issuer,
  aud: rules.audience,
  sub: user,
  sid: session,
  ver: 7,
  iat: NOW_SECONDS - 61,
  exp: NOW_SECONDS + 1_234,
}

/** A token of three parts by hand, without the library. */
export function forge(draft: Draft = {}): string {
  const { key: by = key, headerText = same, claimsText = same, parts = all => all, text = each => each } = draft
  const header = encode(headerText(JSON.stringify({ alg: 'Ed25519', typ: 'at+jwt', kid: by.kid, ...draft.header })))
  const claims = encode(claimsText(JSON.stringify({ ...honestClaims, ...draft.claims })))
  const signed = (draft.sign ?? signEd25519)(Buffer.from(`${header}.${claims}`), by.privateKey)
  return text(parts([header, claims, signed.toString('base64url')]).join('.'))
}

const same = (text: string): string | Buffer => text

export function encode(text: string | Buffer): string {
  return Buffer.from(text as string).toString('base64url')
}

export function signEd25519(input: Buffer, privateKey: KeyObject): Buffer {
  return sign(null, input, privateKey)
}

export function publicKey(of: SigningKey): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: of.x }, format: 'jwk' })
}
