import type { Instant } from '../core/task.ts'
import type { RecordStore } from '../ports/record-store.ts'
import { createTokenSigner, type VerificationKey, type VerificationKeys } from './access-token.ts'
import type { IdentityEnvironment } from './environment.ts'
import { type DerivedKeys, deriveKeys } from './keys.ts'
import type { MacKey } from './mac.ts'

/** The private side: only where tokens are made. */
export interface SigningKeys {
  /** The keys in use. Their public part is published before anything is signed. */
  current(): Promise<Keys>
  /** Puts new keys in their place. What the old ones signed stays good until its own end. */
  rotate(): Promise<{ readonly kid: string }>
}

export interface Keys extends DerivedKeys {
  sign(claims: { user: string; session: string; sessionVersion: number }, now: Instant): Promise<string>
  /** Device keys in use and before, for cookies that outlive a rotation. */
  readonly devices: readonly MacKey[]
}

/** The partition of published keys. Reading it is all that the other functions need to verify. */
export const SIGNING = 'signing'
export const AUDIENCE = 'pulse-api'
/** How long a process may go on with a secret that was replaced. */
const KEPT_MS = 5 * 60_000
const MASTER_BYTES = 32

export function createSigningKeys(on: IdentityEnvironment): SigningKeys {
  const { records, clock, secret, settings } = on
  let kept: { readonly keys: Promise<Keys>; readonly until: Instant } | undefined

  async function load(): Promise<Keys> {
    const derived = await Promise.all((await secret.read()).map(deriveKeys))
    const [current] = derived
    if (!current) throw new Error('there is no secret to derive keys from')
    await publish(current.signing)
    const signer = createTokenSigner({
      key: current.signing,
      issuer: settings.issuer,
      audience: AUDIENCE,
      lifetimeMs: settings.accessMs,
    })
    return { ...current, sign: (claims, now) => signer.sign(claims, now), devices: derived.map(({ device }) => device) }
  }

  /** Whoever is first has done it for all. */
  async function publish({ kid, x }: { readonly kid: string; readonly x: string }): Promise<void> {
    const key = { partition: SIGNING, sort: kid }
    if (!(await records.read(key))) await records.write([{ key, expect: 'absent', value: { kid, x } }])
  }

  return {
    current() {
      const now = clock.now()
      if (kept && now < kept.until) return kept.keys
      const keys = load()
      kept = { keys, until: now + KEPT_MS }
      keys.catch(() => {
        kept = undefined
      })
      return keys
    },
    async rotate() {
      await secret.replace(on.randomBytes(MASTER_BYTES))
      kept = undefined
      const { signing } = await this.current()
      await retireOthers(records, signing.kid, clock.now() + settings.accessMs + 2 * KEPT_MS)
      return { kid: signing.kid }
    },
  }
}

const MOST_KEYS = 100

/** Processes that do not know of the new key yet still sign with the old one; tokens of both are good until then. */
async function retireOthers(records: RecordStore, kid: string, notAfter: Instant): Promise<void> {
  const { records: published } = await records.list({ partition: SIGNING, limit: MOST_KEYS })
  for (const { key, version, value } of published) {
    const published = value as VerificationKey // written above, and by nobody else
    if (published.kid === kid || published.notAfter !== undefined) continue
    await records.write([{ key, expect: version, value: { ...published, notAfter }, expiresAt: notAfter }])
  }
}

/** The public side, as a process remembers it. */
export function createVerificationKeys(on: Pick<IdentityEnvironment, 'records' | 'clock'>): VerificationKeys {
  const kept = new Map<string, { readonly key: VerificationKey; readonly until: Instant }>()
  return {
    async find(kid) {
      const now = on.clock.now()
      const known = kept.get(kid)
      if (known && now < known.until) return known.key
      const record = await on.records.read({ partition: SIGNING, sort: kid })
      if (!record) {
        kept.delete(kid)
        return undefined
      }
      const key = record.value as VerificationKey // written above, and by nobody else
      kept.set(kid, { key, until: now + KEPT_MS })
      return key
    },
  }
}
