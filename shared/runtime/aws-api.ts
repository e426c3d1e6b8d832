import { LambdaClient } from '@aws-sdk/client-lambda'
import { clientOptions } from '../aws/clients.ts'
import { createMappings, type Mappings } from '../aws/mappings.ts'
import { LONGEST_TIMEOUT_MS, variables } from '../aws/names.ts'
import { cursorKey } from '../aws/secret.ts'
import { type Actor, localActor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import { createEngine } from '../engine/create-engine.ts'
import { createActorOf } from '../http/credential.ts'
import { createCursors } from '../http/cursor.ts'
import type { HttpEvent, HttpHandler } from '../http/event.ts'
import { createOpsHandler, type OpsHandlerPorts } from '../http/ops-handler.ts'
import { createRequestLimiter } from '../http/request-limits.ts'
import { createSchedulesHandler } from '../http/schedules-handler.ts'
import { createTasksHandler } from '../http/tasks-handler.ts'
import { createAuditLog } from '../identity/audit.ts'
import { createUserRemoval } from '../identity/remove-user.ts'
import type { DispatchStore } from '../ports/dispatch-store.ts'
import type { RecordStore } from '../ports/record-store.ts'
import type { Schedules } from '../schedules/schedules.ts'
import { message } from '../telemetry/log-events.ts'
import { createAccess } from './access.ts'
import { type Aws, openAws, type TasksModule } from './aws.ts'
import { opened, openSchedules } from './aws-schedules.ts'
import { identitySettings, mappings as mappingIds, ratesOf, text, type Variables } from './aws-settings.ts'
import { logFailures } from './log-failures.ts'
import { whenReady } from './when-ready.ts'

/** Of all functions; what only `ops` needs is beside it. */
type OpsPorts = Omit<OpsHandlerPorts, 'probe' | 'docs'>

/** Longest `Prefer: wait` here: the gateway gives up after 29 s, and waiting is billed. */
const MAX_WAIT_MS = 15_000

export function createTasksFunction(env: Variables, tasks: TasksModule): HttpHandler {
  const aws = openAws(env, tasks)
  return whenReady(async () => createTasksHandler(await handlerPorts(aws, env, noSchedules)))
}

export function createSchedulesFunction(env: Variables, tasks: TasksModule): HttpHandler {
  const aws = openAws(env, tasks)
  const schedules = opened(openSchedules(aws, env).schedules, (schedule, error) =>
    aws.emit({ type: 'schedule.failed', schedule, error }),
  )
  return whenReady(async () => createSchedulesHandler(await handlerPorts(aws, env, schedules)))
}

/** @param docs the version that the docs pages show, and where the bundle keeps their files */
export function createOpsFunction(
  env: Variables,
  tasks: TasksModule,
  docs: { readonly version: string; readonly assetsFolder: string },
): HttpHandler {
  const aws = openAws(env, tasks)
  const { dispatch } = aws.backend
  const mappings = createMappings(new LambdaClient(clientOptions), mappingIds(env), aws.clock)
  const backend = { ...aws.backend, dispatch: followed(dispatch, mappings, aws) }
  const { schedules } = openSchedules(aws, env)
  const probe = () => dispatch.read()
  return whenReady(async () =>
    createOpsHandler({ ...(await handlerPorts({ ...aws, backend }, env, schedules)), probe, docs }),
  )
}

/** The switch is what counts. That the mappings follow it is a saving, which the change stream and reconcile see to as well. */
function followed(dispatch: DispatchStore, mappings: Mappings, { logger }: Aws): DispatchStore {
  async function follow(): Promise<void> {
    try {
      if (await mappings.follow(dispatch)) return
      logger.log('info', 'mappings.behind')
    } catch (error) {
      logger.log('warn', 'mappings.behind', { error: message(error) })
    }
  }
  return {
    read: () => dispatch.read(),
    async put(pause) {
      await dispatch.put(pause)
      await follow()
    },
    async remove(selector) {
      const removed = await dispatch.remove(selector)
      await follow()
      return removed
    },
  }
}

async function handlerPorts(aws: Aws, env: Variables, schedules: Schedules): Promise<OpsPorts> {
  const key = await cursorKey(aws.clients.dynamodb, text(env, 'appTable'), aws.clock)
  return {
    engine: createEngine(aws),
    schedules,
    cursors: createCursors(key),
    clock: aws.clock,
    maxWaitMs: MAX_WAIT_MS,
    maxTimeoutMs: LONGEST_TIMEOUT_MS,
    ...callers(aws, env),
    onFailure: logFailures(aws.logger),
  }
}

/** Who they are, what they did, how much each may ask, and how one goes. Whoever needs no account here is let in, and limited, by AWS. */
function callers(aws: Aws, env: Variables): Pick<OpsPorts, 'actorOf' | 'audit' | 'limiter' | 'removal'> {
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

/** No route of tasks asks for anything of schedules, and what serves them may not touch any. */
const noSchedules = Object.freeze({}) as Schedules

/** Without accounts, AWS itself decides who may call; whoever it lets in works on everybody's tasks. */
function signer({ signedBy }: HttpEvent): Actor {
  if (signedBy === undefined)
    throw new PulseError('unauthorized', 'sign the request with AWS credentials (Signature Version 4)')
  return { ...localActor, by: signedBy }
}
