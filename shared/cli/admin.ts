import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { createInvoke } from '../aws/invoke.ts'
import { stagePrefix } from '../aws/names.ts'
import { roles } from '../core/actor.ts'
import { createAuditLog } from '../identity/audit.ts'
import { grantRole } from '../identity/grant.ts'
import { type GrantAnswer, type GrantEvent, grantAnswer, grantAnswerOf, grantEvent } from '../runtime/aws-grant.ts'
import { systemClock } from '../runtime/clock.ts'
import { createEntropy } from '../runtime/entropy.ts'
import { openSqliteBackend } from '../sqlite/backend.ts'
import { OpenRefused } from '../sqlite/open.ts'
import { message } from '../telemetry/log-events.ts'
import { fail } from './dev.ts'

/** A function that starts takes a few seconds, and a grant that is sent twice makes two invitations. */
const ONCE = { maxAttempts: 1, requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 } } as const
const STANDARD_STAGE = 'dev'

export interface AdminFlags {
  readonly role?: string | undefined
  readonly stage?: string | undefined
  /** Folder of the data file: of a server on this machine, not of a stage on AWS. */
  readonly data?: string | undefined
}

/**
 * Gives somebody a role, for who works on the store itself: on the first day, or when the last admin is gone. An invitation goes to
 * standard output, what to do with it to standard error.
 */
export async function admin(
  [verb, email, ...more]: readonly string[],
  { role = 'admin', stage, data }: AdminFlags,
): Promise<void> {
  if (verb !== 'grant' || email === undefined || more.length > 0)
    misused('say to whom: pulse admin grant you@example.com')
  if (stage !== undefined && data !== undefined) misused('give --stage or --data, not both')
  const event = grantEvent.safeParse({ grant: { email, role } })
  if (!event.success) {
    const isRole = event.error.issues[0]?.path.at(-1) === 'role'
    misused(isRole ? `there is no role "${role}": it is one of ${roles.join(', ')}` : `"${email}" is no e-mail address`)
  }
  const granted = data === undefined ? await onAws(stage ?? STANDARD_STAGE, event.data) : await inFile(data, event.data)
  tell(granted, event.data)
}

async function onAws(stage: string, event: GrantEvent): Promise<GrantAnswer> {
  const name = `${stagePrefix(stage)}-auth`
  try {
    return grantAnswer.parse(await createInvoke(new LambdaClient(ONCE), name, systemClock).now(event))
  } catch (error) {
    fail(
      `${name} cannot be asked (${message(error)}): check the stage's name and that it has accounts, AWS_REGION and your credentials`,
    )
  }
}

/** The server must not run: one process owns the file. */
async function inFile(folder: string, { grant }: GrantEvent): Promise<GrantAnswer> {
  const path = join(folder, 'pulse.db')
  if (!existsSync(path)) fail(`there is no data file at ${path}: name its folder with --data`)
  const clock = systemClock
  const backend = openOrFail(folder)
  try {
    const { records } = backend
    const audit = createAuditLog({ records, clock, entropy: createEntropy(() => clock.now()) })
    const on = { records, clock, randomBytes, audit, by: 'local', requestId: randomUUID() }
    return grantAnswerOf(await grantRole(on, grant.email, grant.role))
  } finally {
    backend.close()
  }
}

function openOrFail(folder: string) {
  try {
    return openSqliteBackend({
      folder,
      names: [],
      failed: error => fail(`the data file can no longer be trusted (${message(error)})`),
    })
  } catch (error) {
    if (error instanceof OpenRefused) fail(error.message)
    throw error
  }
}

function tell(granted: GrantAnswer, { grant: { email, role } }: GrantEvent): void {
  if ('user' in granted) {
    const disabled = granted.disabled ? ' The account is disabled: another admin has to enable it.' : ''
    process.stderr.write(`${email} has the role ${role} now (${granted.user}); it counts within 30 s.${disabled}\n`)
    return
  }
  process.stderr.write(`${email} has no account yet. Who registers with this address and this invitation until ${granted.expiresAt} has the role ${role}:
  POST /api/v1/auth/register {"email": "${email}", "password": "…", "invitation": "…"}
The invitation, which is shown this once:
`)
  process.stdout.write(`${granted.invitation}\n`)
}

function misused(line: string): never {
  process.stderr.write(`pulse: ${line}\n`)
  process.exit(2)
}
