import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { makeApiKey } from '../../shared/identity/api-key.ts'
import { deriveKeys } from '../../shared/identity/keys.ts'
import { refreshTokenOf } from '../../shared/identity/refresh-token.ts'
import { chance } from '../helpers/chance.ts'
import {
  type Draft,
  encode,
  foreignKey,
  honestClaims,
  key,
  NOW_SECONDS,
  otherUser,
  publicKey,
  retiredKey,
  retiringKey,
  rules,
  secondKey,
  session,
  signEd25519,
  user,
} from './forge.ts'

/** What is wrong, the token that has it, and the nearest token without it, which is good. */
export interface Forgery {
  readonly name: string
  readonly flawed: Draft
  /** An honest token unless another is nearer. */
  readonly sound?: Draft
}

const hmac = (hash: string, secret: string | Buffer) => (input: Buffer) =>
  createHmac(hash, secret).update(input).digest()
const pem = publicKey(key).export({ format: 'pem', type: 'spki' })
const der = publicKey(key).export({ format: 'der', type: 'spki' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const noSignature = ([header, claims]: readonly string[]) => [header ?? '', claims ?? '', '']
const zeros = (bytes: number) => () => Buffer.alloc(bytes)
const attackerJwk = { kty: 'OKP', crv: 'Ed25519', x: foreignKey.x }
const withForeignKey = (input: Buffer) => signEd25519(input, foreignKey.privateKey)

const algorithms: readonly Forgery[] = [
  ...['none', 'None', 'NONE', 'nOnE'].flatMap(alg => [
    { name: `alg ${alg} without a signature`, flawed: { header: { alg }, parts: noSignature } },
    { name: `alg ${alg} with a good signature`, flawed: { header: { alg } } },
  ]),
  {
    name: 'HS256 with the public key as the secret, raw',
    flawed: { header: { alg: 'HS256' }, sign: hmac('sha256', Buffer.from(key.x, 'base64url')) },
  },
  {
    name: 'HS256 with the public key as the secret, in base64url',
    flawed: { header: { alg: 'HS256' }, sign: hmac('sha256', key.x) },
  },
  {
    name: 'HS256 with the public key as the secret, in PEM',
    flawed: { header: { alg: 'HS256' }, sign: hmac('sha256', pem) },
  },
  {
    name: 'HS512 with the public key as the secret, in DER',
    flawed: { header: { alg: 'HS512' }, sign: hmac('sha512', der) },
  },
  {
    name: 'HS512 under the name of the right algorithm',
    flawed: { sign: hmac('sha512', Buffer.from(key.x, 'base64url')) },
  },
  { name: 'HS256 with an empty secret', flawed: { header: { alg: 'HS256' }, sign: hmac('sha256', '') } },
  { name: 'RS256', flawed: { header: { alg: 'RS256' }, sign: input => sign('sha256', input, rsa) } },
  {
    name: 'ES256',
    flawed: {
      header: { alg: 'ES256' },
      sign: input => sign('sha256', input, { key: p256, dsaEncoding: 'ieee-p1363' }),
    },
  },
  { name: 'ES256 with a signature of zeros', flawed: { header: { alg: 'ES256' }, sign: zeros(64) } },
  { name: 'EdDSA, the name that leaves the curve open', flawed: { header: { alg: 'EdDSA' } } },
  { name: 'the algorithm in lower case', flawed: { header: { alg: 'ed25519' } } },
  { name: 'a list of algorithms', flawed: { header: { alg: ['Ed25519'] } } },
  { name: 'no algorithm', flawed: { header: { alg: undefined } } },
]

const headers: readonly Forgery[] = [
  {
    name: 'jku with the key of the attacker',
    flawed: { header: { jku: 'https://evil.example/jwks.json' }, sign: withForeignKey },
  },
  { name: 'jku beside a good signature', flawed: { header: { jku: 'https://pulse.example/jwks.json' } } },
  { name: 'x5u', flawed: { header: { x5u: 'https://evil.example/cert.pem' } } },
  { name: 'x5c', flawed: { header: { x5c: [der.toString('base64')] } } },
  { name: 'x5t', flawed: { header: { x5t: 'dGh1bWJwcmludA' } } },
  { name: 'jwk of the attacker, who has signed', flawed: { header: { jwk: attackerJwk }, sign: withForeignKey } },
  { name: 'jwk beside a good signature', flawed: { header: { jwk: { ...attackerJwk, x: key.x } } } },
  { name: 'crit of what is unknown', flawed: { header: { crit: ['pulse'], pulse: 1 } } },
  { name: 'crit that is empty', flawed: { header: { crit: [] } } },
  { name: 'b64: false', flawed: { header: { b64: false, crit: ['b64'] } } },
  { name: 'b64: false without crit', flawed: { header: { b64: false } } },
  { name: 'b64: true', flawed: { header: { b64: true } } },
  { name: 'zip', flawed: { header: { zip: 'DEF' } } },
  { name: 'cty of a nested token', flawed: { header: { cty: 'JWT' } } },
  ...[undefined, 'JWT', 'AT+JWT', 'application/at+jwt', 'at+jwt ', 'rt+jwt', '', 5].map(typ => ({
    name: `typ ${JSON.stringify(typ)}`,
    flawed: { header: { typ } },
  })),
  ...[
    undefined,
    '',
    1_234_567_890_123_456,
    [key.kid],
    '../../../../../etc/passwd',
    "x' OR '1'='1' --",
    '__proto__',
    '__proto__________',
    'constructor',
    'hasOwnProperty____',
    `${key.kid}\n`,
    `${key.kid}\0`,
    ` ${key.kid}`,
    key.kid.slice(0, 15),
    key.kid.toLowerCase(),
    'k'.repeat(64),
    'k'.repeat(65),
    'an-unknown-key-of-22-c',
  ].map(kid => ({ name: `kid ${JSON.stringify(kid)}`, flawed: { header: { kid } } })),
  { name: 'kid of 1 MB', flawed: { header: { kid: 'k'.repeat(1_048_576) } } },
  { name: 'a header that is a list', flawed: { headerText: text => `[${text}]` } },
  { name: 'a header that is null', flawed: { headerText: () => 'null' } },
  { name: 'a header that is no JSON', flawed: { headerText: text => text.slice(0, -1) } },
]

const far = 2 ** 53
const claims: readonly Forgery[] = [
  { name: 'no exp', flawed: { claims: { exp: undefined } } },
  { name: 'exp null', flawed: { claims: { exp: null } } },
  { name: 'exp as a string', flawed: { claims: { exp: String(honestClaims.exp) } } },
  { name: 'exp 1e400', flawed: { claimsText: text => text.replace(/"exp":\d+/, '"exp":1e400') } },
  { name: 'exp in scientific notation', flawed: { claimsText: text => text.replace(/"exp":(\d+)/, '"exp":$1e0') } },
  { name: 'exp with a fraction', flawed: { claims: { exp: honestClaims.exp + 0.5 } } },
  { name: 'exp negative', flawed: { claims: { exp: -1 } } },
  { name: 'exp in a list', flawed: { claims: { exp: [honestClaims.exp] } } },
  { name: 'exp now', flawed: { claims: { exp: NOW_SECONDS } }, sound: { claims: { exp: NOW_SECONDS + 1 } } },
  {
    name: 'exp just passed, within the skew',
    flawed: { claims: { exp: NOW_SECONDS - 1 } },
    sound: { claims: { exp: NOW_SECONDS + 2 } },
  },
  { name: 'exp long past', flawed: { claims: { iat: NOW_SECONDS - 9_000, exp: NOW_SECONDS - 8_000 } } },
  {
    name: 'a life that is a second too long',
    flawed: { claims: { exp: honestClaims.iat + 1_801 } },
    sound: { claims: { exp: honestClaims.iat + 1_800 } },
  },
  { name: 'exp in milliseconds', flawed: { claims: { exp: honestClaims.exp * 1_000 } } },
  { name: 'exp beyond what a number can hold', flawed: { claims: { iat: far, exp: far + 2 } } },
  { name: 'no iat', flawed: { claims: { iat: undefined } } },
  { name: 'iat as a string', flawed: { claims: { iat: String(honestClaims.iat) } } },
  {
    name: 'iat beyond the skew',
    flawed: { claims: { iat: NOW_SECONDS + 6 } },
    sound: { claims: { iat: NOW_SECONDS + 5 } },
  },
  {
    name: 'iat so long ago that exp cannot be true',
    flawed: { claims: { iat: honestClaims.exp - 1_801 } },
    sound: { claims: { iat: honestClaims.exp - 1_800 } },
  },
  {
    name: 'nbf beyond the skew',
    flawed: { claims: { nbf: NOW_SECONDS + 6 } },
    sound: { claims: { nbf: NOW_SECONDS + 5 } },
  },
  { name: 'nbf as a string', flawed: { claims: { nbf: '0' } }, sound: { claims: { nbf: 0 } } },
  { name: 'nbf null', flawed: { claims: { nbf: null } }, sound: { claims: { nbf: 1 } } },
  { name: 'another audience', flawed: { claims: { aud: 'another-api' } } },
  { name: 'the audience in a list', flawed: { claims: { aud: [rules.audience] } } },
  { name: 'the audience in capitals', flawed: { claims: { aud: rules.audience.toUpperCase() } } },
  { name: 'no audience', flawed: { claims: { aud: undefined } } },
  { name: 'another issuer', flawed: { claims: { iss: 'https://pulse.example/dev' } } },
  { name: 'the issuer with a slash', flawed: { claims: { iss: `${rules.issuer}/` } } },
  { name: 'the issuer in a list', flawed: { claims: { iss: [rules.issuer] } } },
  { name: 'no issuer', flawed: { claims: { iss: undefined } } },
  { name: 'no subject', flawed: { claims: { sub: undefined } } },
  { name: 'a subject that is no user', flawed: { claims: { sub: 'admin' } } },
  { name: 'a subject that is a number', flawed: { claims: { sub: 0 } } },
  { name: 'another user’s session', flawed: { claims: { sub: otherUser } } },
  { name: 'no session', flawed: { claims: { sid: undefined } } },
  { name: 'a session in lower case', flawed: { claims: { sid: session.toLowerCase() } } },
  { name: 'a session with a line break', flawed: { claims: { sid: `${session}\n` } } },
  { name: 'no version', flawed: { claims: { ver: undefined } } },
  { name: 'a version that is a string', flawed: { claims: { ver: '7' } }, sound: { claims: { ver: 8 } } },
  { name: 'a version that is negative', flawed: { claims: { ver: -1 } }, sound: { claims: { ver: 0 } } },
  { name: 'a version with a fraction', flawed: { claims: { ver: 7.5 } } },
  { name: 'claims that are a list', flawed: { claimsText: text => `[${text}]` } },
  { name: 'claims that are null', flawed: { claimsText: () => 'null' } },
  { name: 'claims of the prototype', flawed: { claimsText: text => `{"__proto__":${text}}` } },
]

const spellings: readonly Forgery[] = [
  { name: 'alg given twice', flawed: { headerText: text => text.replace('{', '{"alg":"none",') } },
  { name: 'kid given twice', flawed: { headerText: text => text.replace('{', `{"kid":"${secondKey.kid}",`) } },
  { name: 'exp given twice, the last one good', flawed: { claimsText: text => text.replace('{', '{"exp":1,') } },
  {
    name: 'exp given twice, the first one good',
    flawed: { claimsText: text => text.replace(/}$/, `,"exp":${NOW_SECONDS + 5_000}}`) },
  },
  { name: 'sub given twice', flawed: { claimsText: text => text.replace('{', `{"sub":"${otherUser}",`) } },
  {
    name: 'a key given twice, once with an escape',
    flawed: { claimsText: text => text.replace('{', '{"\\u0073ub":"x",') },
  },
  {
    name: 'a key given twice further inside',
    flawed: { claimsText: text => text.replace('{', '{"x":{"y":1,"y":2},') },
    sound: { claimsText: text => text.replace('{', '{"x":{"y":1},') },
  },
  { name: 'spaces in the JSON', flawed: { claimsText: text => text.replace('{', '{ ') } },
  { name: 'a line break after the JSON', flawed: { headerText: text => `${text}\n` } },
  { name: 'a second value after the JSON', flawed: { claimsText: text => `${text}{}` } },
  { name: 'a byte order mark', flawed: { claimsText: text => `\ufeff${text}` } },
  {
    name: 'bytes that are no UTF-8',
    flawed: {
      claimsText: text =>
        Buffer.concat([Buffer.from(text.replace(/}$/, ',"x":"')), Buffer.from([0xff]), Buffer.from('"}')]),
    },
  },
  { name: 'one part', flawed: { parts: ([header]) => [header] } },
  { name: 'two parts', flawed: { parts: ([header, body]) => [header, body] } },
  { name: 'four parts', flawed: { parts: all => [...all, all[2]] } },
  {
    name: 'five parts, as of an encrypted token',
    flawed: { parts: ([header, body, end]) => [header, '', body, end, end] },
  },
  { name: 'an empty part at the end', flawed: { text: text => `${text}.` } },
  { name: 'an empty header', flawed: { parts: ([, body, end]) => ['', body, end] } },
  { name: 'no claims, as of a detached signature', flawed: { parts: ([header, , end]) => [header, '', end] } },
  { name: 'nothing', flawed: { text: () => '' } },
  { name: 'dots', flawed: { text: () => '..' } },
  { name: 'a space before it', flawed: { text: text => ` ${text}` } },
  { name: 'a line break after it', flawed: { text: text => `${text}\n` } },
  { name: 'a space inside', flawed: { parts: ([header, body, end]) => [header, ` ${body}`, end] } },
  { name: 'the scheme before it', flawed: { text: text => `Bearer ${text}` } },
  { name: 'a NUL after it', flawed: { text: text => `${text}\0` } },
  { name: 'padding of the header', flawed: { parts: ([header, body, end]) => [`${header}=`, body, end] } },
  { name: 'padding of the signature', flawed: { text: text => `${text}==` } },
  { name: 'percent-encoded dots', flawed: { text: text => text.replaceAll('.', '%2E') } },
  {
    name: 'plain base64 in the signature',
    flawed: { parts: ([header, body, end]) => [header, body, end.replaceAll('-', '+').replaceAll('_', '/')] },
  },
  {
    name: 'another last character of the signature, with the same bytes',
    flawed: { parts: ([header, body, end]) => [header, body, sibling(end)] },
  },
  {
    name: 'another last character of the claims, with the same bytes',
    flawed: { claims: { x: 'ab' }, parts: ([header, body, end]) => [header, sibling(body), end] },
    sound: { claims: { x: 'ab' } },
  },
  {
    name: 'a token of more than 4 KB',
    flawed: { claims: { x: 'x'.repeat(2_752) } },
    sound: { claims: { x: 'x'.repeat(2_751) } },
  },
  { name: 'a token of 1 MB', flawed: { claims: { x: 'x'.repeat(1_048_576) } } },
]

const ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n
const signatures: readonly Forgery[] = [
  { name: 'a signature of zeros', flawed: { sign: zeros(64) } },
  {
    name: 'a signature without its last byte',
    flawed: { sign: (input, by) => signEd25519(input, by).subarray(0, 63) },
  },
  {
    name: 'a signature without its second half',
    flawed: { sign: (input, by) => signEd25519(input, by).subarray(0, 32) },
  },
  {
    name: 'a signature with a byte more',
    flawed: { sign: (input, by) => Buffer.concat([signEd25519(input, by), Buffer.alloc(1)]) },
  },
  { name: 'a signature with one bit flipped', flawed: { sign: (input, by) => flipped(signEd25519(input, by)) } },
  {
    name: 'a signature with the group’s order added',
    flawed: { sign: (input, by) => plusOrder(signEd25519(input, by)) },
  },
  {
    name: 'the signature of another token',
    flawed: { sign: (_, by) => signEd25519(Buffer.from('another.token'), by) },
  },
  {
    name: 'a signature of the claims alone',
    flawed: { sign: (input, by) => signEd25519(input.subarray(input.indexOf('.') + 1), by) },
  },
  { name: 'another of our keys than kid says', flawed: { header: { kid: secondKey.kid } }, sound: { key: secondKey } },
  { name: 'a key of another deployment under our kid', flawed: { sign: withForeignKey } },
  { name: 'a key of another deployment under its own kid', flawed: { key: foreignKey } },
  { name: 'a key that was retired', flawed: { key: retiredKey }, sound: { key: retiringKey } },
  {
    name: 'claims that were changed after they were signed',
    flawed: { parts: ([header, body, end]) => [header, encode(decode(body).replace('"ver":7', '"ver":8')), end] },
  },
  {
    name: 'a header of another token',
    flawed: {
      parts: ([, body, end]) => [encode(`{"alg":"Ed25519","typ":"at+jwt","kid":"${secondKey.kid}"}`), body, end],
    },
  },
]

const keys = deriveKeys(chance('credentials of other kinds')(32))
const others: readonly Forgery[] = [
  { name: 'a refresh token', flawed: { text: () => refreshTokenOf(keys.refresh, session, 3).reveal() } },
  { name: 'an API key', flawed: { text: () => makeApiKey(user, chance('an api key')).text.reveal() } },
  {
    name: 'a refresh token in place of the signature',
    flawed: { parts: ([header, body]) => [header, body, refreshTokenOf(keys.refresh, session, 4).reveal()] },
  },
  { name: 'a JWK', flawed: { text: () => JSON.stringify(attackerJwk) } },
  {
    name: 'a token as JSON',
    flawed: {
      text: text =>
        JSON.stringify({ protected: text.split('.')[0], payload: text.split('.')[1], signature: text.split('.')[2] }),
    },
  },
]

export const forgeries: readonly Forgery[] = [
  ...algorithms,
  ...headers,
  ...claims,
  ...spellings,
  ...signatures,
  ...others,
]

function decode(text: string): string {
  return Buffer.from(text, 'base64url').toString()
}

function flipped(signature: Buffer): Buffer {
  signature[17] = (signature[17] ?? 0) ^ 4
  return signature
}

/** Another number for the same point: a signature must have one form only (RFC 8032, 8.4). */
function plusOrder(signature: Buffer): Buffer {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + ORDER
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()])
}

/** The next character has the same leading bits, where those at the end stand for nothing. */
function sibling(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') ^ 1]
}
