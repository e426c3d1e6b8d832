import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod'
import { clientOptions } from '../aws/clients.ts'
import { createLimitStore } from '../aws/limit-store.ts'
import { createMasterSecret } from '../aws/master-secret.ts'
import { metrics as names } from '../aws/names.ts'
import { createRecordStore } from '../aws/record-store.ts'
import { cursorKey } from '../aws/secret.ts'
import { createAuthHandler } from '../http/auth-handler.ts'
import { createActorOf } from '../http/credential.ts'
import { createCursors } from '../http/cursor.ts'
import type { AnyHttpEvent, CallContext, HttpResult } from '../http/event.ts'
import { createRequestLimiter } from '../http/request-limits.ts'
import { grantRole } from '../identity/grant.ts'
import { createJanitor } from '../identity/janitor.ts'
import { createLogger } from '../telemetry/log-events.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createAccess } from './access.ts'
import { createAccounts } from './accounts.ts'
import { type GrantAnswer, grantAnswerOf, grantEvent } from './aws-grant.ts'
import { askJanitor, type JanitorAnswer, janitorEvent } from './aws-janitor.ts'
import { identitySettings, logLevel, ratesOf, text, type Variables } from './aws-settings.ts'
import { lambdaClock } from './clock.ts'
import { createEntropy } from './entropy.ts'
import { logFailures } from './log-failures.ts'
import { whenReady } from './when-ready.ts'

interface AuthContext extends CallContext {
  readonly awsRequestId?: string
}

/**
 * Serves accounts, and is the only one that can read their secret: the others verify what it signs. It knows nothing of queues and tasks.
 * Called by AWS credentials instead of the gateway, it grants roles; and a rule calls it, to end API keys that have ended by themselves.
 */
export function createAuthFunction(
  env: Variables,
): (event: AnyHttpEvent | object, context?: AuthContext) => Promise<HttpResult | GrantAnswer | JanitorAnswer> {
  const clock = lambdaClock
  const entropy = createEntropy(() => clock.now())
  const dynamodb = new DynamoDBClient(clientOptions)
  const tableName = text(env, 'appTable')
  const backend = {
    records: createRecordStore({ dynamodb, tableName, clock, entropy }),
    limits: createLimitStore({ dynamodb, tableName, clock }),
  }
  const logger = createLogger(logLevel(env))
  const metrics = createMetrics(names.namespace, { name: names.dimension, value: text(env, 'stage') })
  const options = { backend, clock, entropy, settings: identitySettings(env) }
  const access = createAccess(options)
  const secret = createMasterSecret(new SecretsManagerClient(clientOptions), text(env, 'secretArn'), clock)
  const { identity } = createAccounts(options, access, secret, user => {
    metrics.count(names.sessionsReused, 1)
    logger.log('warn', 'session.reused', { user })
  })
  const janitor = createJanitor({ ...options, records: backend.records })
  const limiter = createRequestLimiter(backend.limits, ratesOf(env), clock)

  const serve = whenReady(async () =>
    createAuthHandler({
      identity,
      janitor,
      refreshMs: options.settings.refreshMs,
      cursors: createCursors(await cursorKey(dynamodb, tableName, clock)),
      clock,
      actorOf: createActorOf(access.verifier, false),
      audit: access.audit,
      limiter,
      onFailure: logFailures(logger),
    }),
  )

  return async (event, context) => {
    if (isRequest(event)) return serve(event, context)
    const asked = authEvent.parse(event)
    const requestId = context?.awsRequestId ?? ''
    if ('janitor' in asked)
      return askJanitor(janitor, asked, requestId, () => (context?.getRemainingTimeInMillis?.() ?? 0) > LAST_PAGE_MS)
    const { email, role } = asked.grant
    const on = { records: backend.records, clock, randomBytes, audit: access.audit, by: 'aws', requestId }
    return grantAnswerOf(await grantRole(on, email, role))
  }
}

/** What it may be asked past the gateway. */
const authEvent = z.union([grantEvent, janitorEvent])
/** A page of users that was begun with more time than this ends in time. */
const LAST_PAGE_MS = 10_000

function isRequest(event: AnyHttpEvent | object): event is AnyHttpEvent {
  return 'requestContext' in event
}
