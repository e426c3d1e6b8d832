import { rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import type { Service } from './service.ts'
import { shutDown, untilReady } from './service.ts'

export interface Services {
  redisUrl: string
  databaseUrl: string
  stop(): Promise<void>
}

const abandonMs = 500
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** A caller that crashes must not leave servers behind, and in an exit handler nothing can be awaited. */
function abandon(services: Service[], directory: string): void {
  for (const { signal } of services) {
    try {
      signal('SIGQUIT')
    } catch {}
  }
  // PostgreSQL still touches its files while it ends, and removing them under it fails.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, abandonMs)
  rmSync(directory, { recursive: true, force: true })
}

async function start(service: Promise<Service>, running: Service[]): Promise<string> {
  const started = await service
  running.push(started)
  await untilReady(started)
  return started.url
}

export async function startServices(): Promise<Services> {
  const directory = await mkdtemp(join(tmpdir(), 'pulse-peers-'))
  const running: Service[] = []
  const onExit = (): void => abandon(running, directory)
  const onSignal = async (name: keyof typeof exitCodes): Promise<void> => {
    await stop()
    process.exit(exitCodes[name])
  }
  const stop = async (): Promise<void> => {
    process.off('exit', onExit).off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await Promise.all(running.map(shutDown))
    await rm(directory, { recursive: true, force: true })
  }
  process.on('exit', onExit).on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    // The user that PostgreSQL runs as has to pass through this directory to reach its own.
    await chmod(directory, 0o711)
    const redisUrl = await start(startRedis(join(directory, 'redis')), running)
    const databaseUrl = await start(startPostgres(join(directory, 'postgres')), running)
    return { redisUrl, databaseUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

if (import.meta.main) {
  const { redisUrl, databaseUrl } = await startServices()
  console.log(`export REDIS_URL='${redisUrl}'\nexport DATABASE_URL='${databaseUrl}'`)
}
