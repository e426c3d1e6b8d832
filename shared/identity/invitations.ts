import type { Role } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import type { RecordKey, RecordStore, RecordWrite } from '../ports/record-store.ts'
import type { IdentityEnvironment } from './environment.ts'
import { hashToken } from './refresh-token.ts'
import { Secret } from './secret.ts'

/** A token that lets one person register once, with a role. Stored hashed. */
export interface Invitation {
  readonly role: Role
  /** Whom it is for; anybody who has it when absent. */
  readonly email?: string
  /** Who gave it. */
  readonly by: string
  readonly expiresAt: Instant
}

/** What the person is told, this once. */
export interface Invited {
  readonly token: Secret
  readonly expiresAt: Instant
}

const DAY_MS = 86_400_000
const TOKEN_BYTES = 32

export async function invite(
  on: Pick<IdentityEnvironment, 'records' | 'clock' | 'randomBytes'>,
  invitation: Omit<Invitation, 'expiresAt'>,
): Promise<Invited> {
  const token = Buffer.from(on.randomBytes(TOKEN_BYTES)).toString('base64url')
  const expiresAt = on.clock.now() + DAY_MS
  await on.records.write([{ key: keyOf(token), expect: 'absent', value: { ...invitation, expiresAt }, expiresAt }])
  return { token: new Secret(token), expiresAt }
}

/**
 * What a token stands for, and the write that uses it up.
 * @throws PulseError `forbidden`, whatever is wrong with it
 */
export async function redeem(
  { records, clock }: Pick<IdentityEnvironment, 'records' | 'clock'>,
  token: string,
  email: string,
): Promise<{ readonly role: Role; readonly writes: readonly RecordWrite[] }> {
  const record = await records.read(keyOf(token))
  const invitation = record?.value as Invitation | undefined // written above, and by nobody else
  const good = invitation && invitation.expiresAt > clock.now() && (invitation.email ?? email) === email
  if (!record || !good)
    throw new PulseError(
      'forbidden',
      'this invitation is unknown, used, expired or for another address: ask for a new one',
    )
  const writes: RecordWrite[] = [{ key: record.key, expect: record.version, value: undefined }]
  return {
    role: invitation.role,
    writes: invitation.role === 'admin' ? [...writes, ...(await claimed(records))] : writes,
  }
}

function keyOf(token: string): RecordKey {
  return { partition: `invitation_${hashToken(token)}`, sort: 'invitation' }
}

/** There is an admin: written with the first one. */
const CLAIMED: RecordKey = { partition: 'bootstrap', sort: 'claimed' }

export async function hasAdmin(records: RecordStore): Promise<boolean> {
  return (await records.read(CLAIMED)) !== undefined
}

/** The write that goes with the first admin; none when there is one. */
async function claimed(records: RecordStore): Promise<RecordWrite[]> {
  return (await hasAdmin(records)) ? [] : [{ key: CLAIMED, expect: 'absent', value: {} }]
}

/** Remembers that there is an admin: nobody is invited to be the first one any more. */
export async function noteAdmin(records: RecordStore): Promise<void> {
  const writes = await claimed(records)
  if (writes.length > 0) await records.write(writes)
}
