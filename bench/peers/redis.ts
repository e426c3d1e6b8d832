import { spawn, spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service } from './service.ts'
import { freePort, host, toLog } from './service.ts'

/** Snapshots are off: the append-only file alone decides durability, and their forks would disturb the figures. */
const durability = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '']

export async function startRedis(directory: string): Promise<Service> {
  await mkdir(directory)
  const log = join(directory, 'log')
  const port = await freePort()
  const place = ['--port', port, '--bind', host, '--dir', directory]
  const child = spawn('redis-server', [...place, ...durability], { stdio: toLog(log) })
  const ping = ['-h', host, '-p', port, 'ping']
  return {
    name: 'redis-server',
    url: `redis://${host}:${port}/0`,
    child,
    log,
    isReady: () => spawnSync('redis-cli', ping, { encoding: 'utf8' }).stdout === 'PONG\n',
    signal: name => void child.kill(name),
  }
}
