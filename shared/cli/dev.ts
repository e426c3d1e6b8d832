import type { Secret } from '../identity/secret.ts'
import { AddressInUse } from '../runtime/gateway.ts'
import { type Server, startServer } from '../runtime/server.ts'
import { readSettings, SettingRefused, type Settings } from '../runtime/settings.ts'
import { OpenRefused } from '../sqlite/open.ts'
import { createLogger, message } from '../telemetry/log-events.ts'
import { TasksRefused } from '../worker/registry-of.ts'
import { version } from './version.ts'

/**
 * Runs the embedded server until it is told to stop.
 * @param overrides settings that were given as flags
 */
export async function dev(overrides: Readonly<Record<string, string | undefined>>): Promise<void> {
  try {
    const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
    const settings = readSettings({ ...process.env, ...given })
    // The example tasks that read files keep out of the data folder, wherever it is.
    process.env.PULSE_DATA = settings.PULSE_DATA
    const logger = createLogger(settings.PULSE_LOG_LEVEL)
    const server = await startServer(settings, version, logger, error => {
      // After a failed fsync nobody knows what is on disk: acknowledge nothing more.
      fail(`the data file can no longer be trusted (${message(error)}): check the disk, then start again`)
    })
    // A promise that a handler forgot must not take everyone's tasks down; an exception out of nowhere leaves unknown state behind.
    process.on('unhandledRejection', reason =>
      logger.log('error', 'handler.unhandledRejection', { error: message(reason) }),
    )
    process.on('uncaughtException', error =>
      fail(`a handler threw outside of its attempt (${message(error)}): the server stops`),
    )
    stopOnSignals(server, settings)
    greet(server, settings)
  } catch (error) {
    if (isRefusal(error)) fail(error.message)
    if (isOfSystem(error)) fail(`the server cannot start: ${error.message}`)
    throw error
  }
}

/** npm and a watching Node pass on a signal that the process group has got already: what follows so soon is its copy. */
const COPY_MS = ['npm_lifecycle_event', 'WATCH_REPORT_DEPENDENCIES'].some(name => process.env[name] !== undefined)
  ? 200
  : 0

function stopOnSignals(server: Server, settings: Settings): void {
  let firstAt: number | undefined
  const stop = (signal: string) => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt >= COPY_MS) process.exit(1)
      return
    }
    firstAt = performance.now()
    // No timer of the queue keeps the process alive, and a handler that never settles may have nothing else that does.
    setInterval(() => {}, settings.PULSE_DRAIN + 1_000)
    process.stderr.write(
      `${signal}: waiting up to ${settings.PULSE_DRAIN / 1_000} s for running attempts; once more to stop at once\n`,
    )
    server.stop(settings.PULSE_DRAIN).then(
      () => process.exit(0),
      error => fail(message(error)),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function greet({ url, open, invitation }: Server, settings: Settings): void {
  process.stdout.write(`Pulse ${version} is ready at ${url} (data in ${settings.PULSE_DATA})
API documentation: ${url}/docs
Console: ${url}/console
${open ? whatToTry(url) : howToBegin(url, invitation)}`)
}

function whatToTry(url: string): string {
  return `
Try it:
  curl -i ${url}/api/v1/tasks -H 'content-type: application/json' -d '{"name": "echo", "payload": {"hello": "world"}}'
  curl -s ${url}/api/v1/tasks -H 'content-type: application/json' -H 'prefer: wait=20' -d '{"name": "checksum-file", "payload": {"path": "package.json"}}'
  curl -s ${url}/api/v1/stats
`
}

/** The token is shown to the person in front of the terminal, and to nobody else: it is in no log line. */
function howToBegin(url: string, invitation: Secret | undefined): string {
  if (!invitation) return 'Requests need an account: /api/v1/auth/login gives tokens.\n'
  return `
Requests need an account, and there is no admin yet. Make one; this invitation is good once, for a day:
  curl -s ${url}/api/v1/auth/register -H 'content-type: application/json' -d '{"email": "you@example.com", "password": "…", "invitation": "${invitation.reveal()}"}'
`
}

type Refusal = SettingRefused | OpenRefused | TasksRefused | AddressInUse

function isRefusal(error: unknown): error is Refusal {
  return [SettingRefused, OpenRefused, TasksRefused, AddressInUse].some(kind => error instanceof kind)
}

/** What the machine refused, such as a port below 1024; an error without a code is one of ours and needs its stack. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'code' in error
}

/** One line and no stack: what is wrong, and what to do. */
export function fail(line: string): never {
  process.stderr.write(`pulse: ${line}\n`)
  process.exit(1)
}
