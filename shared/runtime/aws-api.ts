import { variables } from '../aws/names.ts'
import { cursorKey } from '../aws/secret.ts'
import { type Actor, localActor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { HandlerPorts } from '../http/call.ts'
import { createActorOf } from '../http/credential.ts'
import { createCursors } from '../http/cursor.ts'
import type { HttpEvent } from '../http/event.ts'
import { createRequestLimiter } from '../http/request-limits.ts'
import { createAuditLog } from '../identity/audit.ts'
import { createUserRemoval } from '../identity/remove-user.ts'
import type { RecordStore } from '../ports/record-store.ts'
import { type Access, createAccess } from './access.ts'
import type { Aws } from './aws.ts'
import { identitySettings, ratesOf, text, type Variables } from './aws-settings.ts'
import { logFailures } from './log-failures.ts'

/** What the functions that answer requests have in common. */
export async function handlerPorts(aws: Aws, env: Variables): Promise<HandlerPorts & Callers> {
  const key = await cursorKey(aws.clients.dynamodb, text(env, 'appTable'), aws.clock)
  return {
    cursors: createCursors(key),
    clock: aws.clock,
    ...callers(aws, env),
    onFailure: logFailures(aws.logger),
  }
}

/** Who they are, what they did, how much each may ask, and how one goes. */
type Callers = Pick<HandlerPorts, 'actorOf' | 'limiter'> & Pick<Access, 'audit' | 'removal'>

/** Whoever needs no account here is let in, and limited, by AWS. */
function callers(aws: Aws, env: Variables): Callers {
  const { backend, clock } = aws
  if (env[variables.apiAuth] === 'accounts') {
    const { verifier, ...access } = createAccess({ ...aws, settings: identitySettings(env) })
    const limiter = createRequestLimiter(backend.limits, ratesOf(env), clock)
    return { ...access, actorOf: createActorOf(verifier, false), limiter }
  }
  return {
    actorOf: env[variables.apiAuth] === 'none' ? () => localActor : signer,
    audit: createAuditLog({ ...aws, records: backend.records }),
    removal: createUserRemoval({ records: noAccounts, clock, forget() {} }),
  }
}

/** Of a stage without accounts nothing is read, which its functions may not: an owner is no more than tasks there. */
const noAccounts: RecordStore = {
  read: async () => undefined,
  readMany: async keys => keys.map(() => undefined),
  list: async () => ({ records: [] }),
  write: async () => true,
}

/** Without accounts, AWS itself decides who may call; whoever it lets in works on everybody's tasks. */
function signer({ signedBy }: HttpEvent): Actor {
  if (signedBy === undefined)
    throw new PulseError('unauthorized', 'sign the request with AWS credentials (Signature Version 4)')
  return { ...localActor, by: signedBy }
}
