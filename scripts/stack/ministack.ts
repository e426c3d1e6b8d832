import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stopGroup } from './process-group.ts'
import { preparePython } from './python.ts'

/** The only account and region that it is used with. */
export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'
const START_LIMIT_MS = 30_000

export interface MiniStackOptions {
  /** A free one when not given. */
  readonly port?: number
  /** Enforces IAM: functions may do what their role says, and no more. */
  readonly auth?: boolean
  /** Self-signed https instead of http. */
  readonly ssl?: boolean
  /** Where it keeps its files. When not given: a temporary one that is removed at the end. */
  readonly folder?: string
  /** Keeps its contents in the folder when it is stopped, and has them again when it is started. */
  readonly persist?: boolean
  /** Outlives this process. */
  readonly background?: boolean
}

export interface MiniStack {
  readonly url: string
  readonly port: number
  /** Leader of its process group. */
  readonly pid: number
  /** What clients of AWS and the CDK need in their environment. */
  readonly env: Readonly<Record<string, string>>
  /** What it and the functions have printed. */
  output(): string
  stop(): Promise<void>
}

/**
 * Starts an emulator of AWS with an environment, a folder and a process group of its own, and waits until it answers.
 * @throws Error with what it printed when it does not
 */
export async function startMiniStack(options: MiniStackOptions = {}): Promise<MiniStack> {
  const python = await preparePython()
  const port = options.port ?? (await freePort())
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'pulse-ministack-'))
  const log = prepare(folder)
  const output = () => readFileSync(log, 'utf8')
  const child = launch(python, environment(port, folder, options), folder, log, options.background === true)
  const removesFolder = options.folder === undefined
  const env = clientEnvironment(port, options.ssl === true)
  const url = env.AWS_ENDPOINT_URL
  const stop = async () => {
    if (child.pid !== undefined) await stopGroup(child.pid)
    if (removesFolder) rmSync(folder, { recursive: true, force: true })
  }
  try {
    await answers(url, child)
  } catch (error) {
    const said = output().trim().split('\n').slice(-20).join('\n')
    await stop()
    throw new Error(`MiniStack did not start at ${url}: ${error instanceof Error ? error.message : error}\n${said}`)
  }
  return { url, port, pid: child.pid ?? 0, env, output, stop }
}

/** What a client needs to reach one that listens on the port. */
export function clientEnvironment(port: number, ssl = false) {
  return {
    // An address and no name: so S3 uses path style.
    AWS_ENDPOINT_URL: `${ssl ? 'https' : 'http'}://127.0.0.1:${port}`,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    CDK_DEFAULT_ACCOUNT: ACCOUNT,
    CDK_DEFAULT_REGION: REGION,
    // Node warns about this one at every start.
    ...(ssl && { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }),
  }
}

/** Functions start as CommonJS files in its temporary folder, whatever the folders above say. */
function prepare(folder: string): string {
  for (const name of ['state', 's3', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'tmp', 'package.json'), '{"type":"commonjs"}')
  return join(folder, 'ministack.log')
}

/** All of it, because functions inherit it: nothing of the surrounding shell may reach them. */
function environment(port: number, folder: string, { auth, ssl, persist }: MiniStackOptions): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    STATE_DIR: join(folder, 'state'),
    S3_DATA_DIR: join(folder, 's3'),
    TMPDIR: join(folder, 'tmp'),
    ...(auth && { AUTH: 'true' }),
    ...(ssl && { USE_SSL: '1', NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }),
    ...(persist && { PERSIST_STATE: '1', S3_PERSIST: '1' }),
  }
}

/** Ends its group when whoever started it is gone, however that came: nobody holds the other end of its standard input then. */
const WATCHED = 'exec 3<&0; (read -r _ <&3; kill -KILL 0) & exec "$0" -m ministack 3<&- </dev/null'

function launch(python: string, env: Record<string, string>, cwd: string, log: string, background: boolean) {
  const file = openSync(log, 'a')
  const options = { cwd, env, detached: true }
  const child = background
    ? spawn(python, ['-m', 'ministack'], { ...options, stdio: ['ignore', file, file] })
    : spawn('/bin/sh', ['-c', WATCHED, python], { ...options, stdio: ['pipe', file, file] })
  closeSync(file)
  if (background) child.unref()
  return child
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  let failure: unknown
  child.once('error', error => {
    failure = error
  })
  const end = performance.now() + START_LIMIT_MS
  for (;;) {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended at once')
    if (await isHealthy(url)) return
    if (performance.now() > end) throw new Error(`no answer within ${START_LIMIT_MS / 1_000} s`)
    await delay(50)
  }
}

/** With https any answer will do: its certificate is nobody's. */
export async function isHealthy(url: string, path = '/_ministack/health'): Promise<boolean> {
  try {
    const { ok } = await fetch(url + path, { signal: AbortSignal.timeout(2_000) })
    return ok
  } catch (error) {
    const { cause } = error as Error // what `fetch` rejects with
    return cause instanceof Error && 'code' in cause && /CERT|SELF_SIGNED/.test(String(cause.code))
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
