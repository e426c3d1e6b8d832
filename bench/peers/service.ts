import type { ChildProcess, StdioOptions } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Service {
  name: string
  url: string
  child: ChildProcess
  /** A file, since a pipe that a busy caller does not empty would stop the server. */
  log: string
  isReady(): boolean
  /** Apart from the child, since the server may be a grandchild. */
  signal(name: NodeJS.Signals): void
}

export const host = '127.0.0.1'
const readyMs = 20_000

export async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return String(address.port)
}

export function toLog(path: string): StdioOptions {
  const log = openSync(path, 'a')
  return ['ignore', log, log]
}

function hasEnded({ child }: Service): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

export async function untilReady(service: Service): Promise<void> {
  const deadline = Date.now() + readyMs
  while (!service.isReady()) {
    if (hasEnded(service) || Date.now() > deadline) {
      throw new Error(`${service.name} did not start: ${readFileSync(service.log, 'utf8')}`)
    }
    await sleep(50)
  }
}

/** Redis and PostgreSQL both take SIGINT to mean: end now, whoever is connected, and leave the data in order. */
export async function shutDown(service: Service): Promise<void> {
  if (hasEnded(service)) return
  const ended = new Promise(resolve => service.child.once('exit', resolve))
  service.signal('SIGINT')
  await ended
}
