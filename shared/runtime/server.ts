import { localActor } from '../engine/actor.ts'
import { createCursors } from '../http/cursor.ts'
import { createOpsHandler } from '../http/ops-handler.ts'
import { createTasksHandler } from '../http/tasks-handler.ts'
import { type Logger, message } from '../telemetry/log-events.ts'
import { tasksUrl } from '../worker/load-tasks.ts'
import { systemClock } from './clock.ts'
import { openEmbedded } from './embedded.ts'
import { createGateway } from './gateway.ts'
import { isLoopbackAddress } from './gateway-guard.ts'
import { localSecret } from './local-secret.ts'
import { readTasks } from './read-tasks.ts'
import { SettingRefused, type Settings } from './settings.ts'

/** Longest `Prefer: wait` here; a Lambda grants less. */
const MAX_WAIT_MS = 60_000

export interface Server {
  readonly url: string
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
  if (!isLoopbackAddress(settings.HOST)) {
    throw new SettingRefused(
      `HOST=${settings.HOST} is refused: without accounts the server listens only on loopback addresses such as 127.0.0.1`,
    )
  }
  const registry = await readTasks(settings.PULSE_TASKS)
  const folder = settings.PULSE_DATA
  const queue = await openEmbedded({
    registry,
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
    const ports = {
      engine: queue.engine,
      cursors: createCursors(localSecret(folder, 'cursor.key')),
      clock: systemClock,
      maxWaitMs: MAX_WAIT_MS,
      actorOf: () => localActor,
      onFailure: ({ error, ...request }: { error: unknown; requestId: string; method: string; path: string }) =>
        logger.log('error', 'request.failed', {
          ...request,
          error: message(error),
        }),
    }
    const gateway = createGateway({
      handlers: {
        tasks: createTasksHandler(ports),
        ops: createOpsHandler({ ...ports, probe: () => queue.backend.dispatch.read(), docs: { version } }),
      },
      host: settings.HOST,
      port: settings.PORT,
      onFailure: error => logger.log('error', 'request.failed', { error: message(error) }),
      ...(settings.PULSE_LOG_LEVEL === 'debug' && {
        onAnswer: answer => logger.log('debug', 'request.answered', { ...answer }),
      }),
    })
    const url = await gateway.listen()
    queue.start()
    return {
      url,
      async stop(graceMs) {
        await Promise.all([gateway.close(), queue.drain(graceMs)])
        await queue.close()
      },
    }
  } catch (error) {
    await queue.close()
    throw error
  }
}
