import { join } from 'node:path'
import { here, install } from './install.ts'
import { startServices } from './services.ts'

export interface Contender {
  name: string
  command: string[]
  env: Record<string, string>
}

export interface Peers {
  contenders: Contender[]
  stop(): Promise<void>
}

export async function startPeers(): Promise<Peers> {
  await install()
  const { redisUrl, databaseUrl, stop } = await startServices()
  const script = (name: string): string[] => [process.execPath, join(here, `${name}.ts`)]
  const program = (name: string): string[] => [join(here, 'dist', name)]
  const redis = { REDIS_URL: redisUrl }
  const postgres = { DATABASE_URL: databaseUrl }
  const contenders = [
    { name: 'bullmq', command: script('bullmq'), env: redis },
    { name: 'asynq', command: program('asynq'), env: redis },
    { name: 'graphile-worker', command: script('graphile-worker'), env: postgres },
    { name: 'river', command: program('river'), env: postgres },
  ]
  return { contenders, stop }
}
