import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The repository. */
export const ROOT = new URL('../../', import.meta.url)

export interface ServerProcess {
  readonly url: string
  /** Asks it to stop, and says how it ended. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Runs the product's own command as a child, on a file in memory and a free port. */
export async function startServerProcess(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['bin/pulse.ts', 'dev'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', PULSE_DATA: ':memory:', PULSE_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>
  let url = ''
  for await (const line of createInterface(child.stdout)) {
    url = /http:\/\/\S+/.exec(line)?.[0] ?? ''
    if (url) break
  }
  if (!url) throw new Error(`the server ended before it was ready: ${await exit}`)
  child.stdout.resume()
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      const [code, signal] = await exit
      return { code, signal }
    },
  }
}
