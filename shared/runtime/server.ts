import { createAuthHandler } from '../http/auth-handler.ts'
import { createActorOf } from '../http/credential.ts'
import { createCursors } from '../http/cursor.ts'
import { createOpsHandler } from '../http/ops-handler.ts'
import { createRequestLimiter } from '../http/request-limits.ts'
import { createSchedulesHandler } from '../http/schedules-handler.ts'
import { createTasksHandler } from '../http/tasks-handler.ts'
import type { IdentityEnvironment } from '../identity/environment.ts'
import { hasAdmin, invite } from '../identity/invitations.ts'
import { createJanitor } from '../identity/janitor.ts'
import type { Secret } from '../identity/secret.ts'
import { type Logger, message } from '../telemetry/log-events.ts'
import { tasksUrl } from '../worker/load-tasks.ts'
import { createAccess } from './access.ts'
import { accessOf, identitySettings, ratesOf, readTls } from './account-settings.ts'
import { createAccounts } from './accounts.ts'
import { systemClock } from './clock.ts'
import { openEmbedded } from './embedded.ts'
import { createEntropy } from './entropy.ts'
import { createGateway } from './gateway.ts'
import { createJanitorClock } from './janitor-clock.ts'
import { localMasterSecret } from './local-master-secret.ts'
import { localSecret } from './local-secret.ts'
import { logFailures } from './log-failures.ts'
import { readTasks } from './read-tasks.ts'
import type { Settings } from './settings.ts'

/** Longest `Prefer: wait` here; a Lambda grants less. */
const MAX_WAIT_MS = 60_000

export interface Server {
  readonly url: string
  /** Whether requests need no credential. */
  readonly open: boolean
  /** For the first admin, as long as there is none. Shown once, and good for a day. */
  readonly invitation?: Secret
  /** Takes no more requests and no more work, lets what runs finish, closes the file. */
  stop(graceMs: number): Promise<void>
}

/**
 * The embedded server: HTTP in front of the queue, all in this process.
 * @throws SettingRefused | OpenRefused | TasksRefused | AddressInUse, each with a line for a person
 */
export async function startServer(
  settings: Settings,
  version: string,
  logger: Logger,
  failed: (error: unknown) => void,
): Promise<Server> {
  const access = accessOf(settings)
  const tls = readTls(settings)
  const { registry, schedules } = await readTasks(settings.PULSE_TASKS, systemClock.now())
  const folder = settings.PULSE_DATA
  const queue = await openEmbedded({
    registry,
    schedules,
    folder,
    ...(settings.PULSE_CONCURRENCY !== undefined && { concurrency: settings.PULSE_CONCURRENCY }),
    ...(settings.PULSE_WORKER_THREADS > 0 && {
      threads: { count: settings.PULSE_WORKER_THREADS, tasks: tasksUrl(settings.PULSE_TASKS) },
    }),
    retentionMs: settings.PULSE_RETENTION,
    emit: logger.event,
    failed,
  })
  try {
    const options = {
      backend: queue.backend,
      clock: systemClock,
      entropy: createEntropy(() => systemClock.now()),
      settings: identitySettings(settings, access),
    }
    const { verifier, audit, removal } = createAccess(options)
    const accounts = createAccounts(options, { verifier }, localMasterSecret(folder), user =>
      logger.log('warn', 'session.reused', { user }),
    )
    const janitor = createJanitor(accounts.environment)
    const janitorClock = createJanitorClock({
      janitor,
      clock: systemClock,
      failed: error => logger.event({ type: 'store.failed', error }),
    })
    const ports = {
      engine: queue.engine,
      schedules: queue.schedules,
      cursors: createCursors(localSecret(folder, 'cursor.key')),
      clock: systemClock,
      maxWaitMs: MAX_WAIT_MS,
      actorOf: createActorOf(verifier, access.open),
      audit,
      limiter: createRequestLimiter(queue.backend.limits, ratesOf(settings), systemClock),
      onFailure: logFailures(logger),
    }
    const gateway = createGateway({
      handlers: {
        tasks: createTasksHandler(ports),
        schedules: createSchedulesHandler(ports),
        ops: createOpsHandler({
          ...ports,
          audit,
          removal,
          probe: () => queue.backend.dispatch.read(),
          docs: { version },
        }),
        auth: createAuthHandler({
          ...ports,
          identity: accounts.identity,
          janitor,
          refreshMs: options.settings.refreshMs,
        }),
      },
      host: settings.HOST,
      port: settings.PORT,
      ...(tls && { tls }),
      onFailure: error => logger.log('error', 'request.failed', { error: message(error) }),
      ...(settings.PULSE_LOG_LEVEL === 'debug' && {
        onAnswer: answer => logger.log('debug', 'request.answered', { ...answer }),
      }),
    })
    const url = await gateway.listen()
    queue.start()
    janitorClock.start()
    return {
      url,
      open: access.open,
      ...(!access.open && (await firstInvitation(accounts.environment))),
      async stop(graceMs) {
        await Promise.all([gateway.close(), queue.drain(graceMs), janitorClock.stop()])
        await queue.close()
      },
    }
  } catch (error) {
    await queue.close()
    throw error
  }
}

/** Who has it becomes an admin: printed for the person who started the server, who is nobody to it yet (SEC-6). */
async function firstInvitation(on: IdentityEnvironment): Promise<{ invitation?: Secret }> {
  if (await hasAdmin(on.records)) return {}
  const { token } = await invite(on, { role: 'admin', by: 'first start' })
  return { invitation: token }
}
