import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Handlers that leave traces, for tests that need to know what ran. */
export const E2E_TASKS = join(ROOT, 'test/helpers/e2e-tasks')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly uid?: number
  /** What runs the command instead of this Node, such as strace. */
  readonly through?: readonly string[]
  /** A process group of its own, as a shell gives its jobs. */
  readonly detached?: boolean
}

export interface Command {
  readonly child: ChildProcess
  readonly pid: number
  readonly ended: Promise<Ended>
  stdout(): string
  stderr(): string
  /** Waits until what the command has said matches. */
  said(pattern: RegExp): Promise<RegExpExecArray>
}

/** How each process that runs is ended for good. */
const live = new Map<ChildProcess, () => void>()
const folders = new Set<string>()

/** Ends what is still running and removes the folders; call it after all tests of a file. */
export async function cleanUp(): Promise<void> {
  const ends = [...live.keys()].map(child =>
    child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null,
  )
  for (const end of live.values()) end()
  await Promise.all(ends)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}

// A run that is itself broken off leaves no server behind.
process.once('exit', () => {
  for (const end of live.values()) end()
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-e2e-'))
  folders.add(folder)
  return folder
}

/** Starts a program and collects what it says. Settings of the surrounding shell do not reach it. */
export function start(program: string, args: readonly string[], options: CommandOptions = {}): Command {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PULSE_|PORT$|HOST$|NODE_|VITEST|TEST$|npm_)/.test(name),
  )
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    ...(options.detached && { detached: true }),
  })
  live.set(child, () => (options.detached ? killGroup(child.pid) : child.kill('SIGKILL')))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    // Not `exit`: what a process said before its end must have been read.
    child.once('close', (code, signal) => {
      live.delete(child)
      resolve({ code, signal })
    })
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  return {
    child,
    pid: child.pid ?? 0,
    ended,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    said(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(said.stdout) ?? pattern.exec(said.stderr)
          if (found) resolve(found)
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        look()
        ended.then(
          ({ code, signal }) =>
            reject(new Error(`ended (${code ?? signal}) before it said ${pattern}: ${said.stderr}`)),
          reject,
        )
      })
    },
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // All of it has ended already.
  }
}

/** Starts `pulse …`. */
export function pulse(args: readonly string[], options: CommandOptions = {}): Command {
  const [program = process.execPath, ...rest] = [...(options.through ?? []), process.execPath]
  return start(program, [...rest, join(ROOT, 'bin/pulse.ts'), ...args], options)
}

export interface Finished extends Ended {
  readonly stdout: string
  readonly stderr: string
}

export async function finished(command: Command): Promise<Finished> {
  const ended = await command.ended
  return { ...ended, stdout: command.stdout(), stderr: command.stderr() }
}

export interface ServerOptions extends CommandOptions {
  /** Data folder. */
  readonly data: string
  readonly tasks?: string
}

export interface Server extends Command {
  readonly url: string
  readonly port: number
  /** SIGKILL, and the end of the process. */
  kill(): Promise<void>
  /** SIGTERM, and how it ended. */
  stop(): Promise<Ended>
}

/** Starts a server on a free port and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = launchServer(options)
  await server.ready
  return server.now()
}

/** As `startServer`, for who wants to meet a server that is not ready yet. */
export function launchServer({ data, tasks = E2E_TASKS, ...options }: ServerOptions): {
  readonly command: Command
  readonly ready: Promise<void>
  now(): Server
} {
  const env = { PULSE_LOG_LEVEL: 'error', ...options.env }
  const command = pulse(['dev', '--port', '0', '--data', data, '--tasks', tasks], { ...options, env })
  let url = ''
  const ready = command.said(/is ready at (http:\/\/\S+)/).then(found => {
    url = found[1] ?? ''
  })
  const end = (signal: NodeJS.Signals) => {
    command.child.kill(signal)
    return command.ended
  }
  return {
    command,
    ready,
    now: () => ({
      ...command,
      url,
      port: Number(new URL(url).port),
      kill: async () => void (await end('SIGKILL')),
      stop: () => end('SIGTERM'),
    }),
  }
}
