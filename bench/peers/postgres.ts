import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRoot, postgresDirectory } from './install.ts'
import type { Service } from './service.ts'
import { freePort, host, toLog } from './service.ts'

/** Only the number of connections is raised: durability and memory stay as PostgreSQL ships them. */
const settings = ['-c', 'max_connections=200']

/** PostgreSQL refuses to run as root. */
function unprivileged(command: string, args: string[]): [string, string[]] {
  return isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args]
}

function createCluster(bin: string, data: string): void {
  const args = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale']
  const { status, stderr } = spawnSync(...unprivileged(join(bin, 'initdb'), args), { encoding: 'utf8', cwd: '/' })
  if (status !== 0) throw new Error(`initdb: ${stderr}`)
}

/** The child is `runuser`, which answers a signal by killing the server two seconds later, without its shutdown. */
function postmaster(data: string): number {
  return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
}

export async function startPostgres(directory: string): Promise<Service> {
  const bin = await postgresDirectory()
  if (!bin) throw new Error('PostgreSQL is not installed')
  await mkdir(directory)
  if (isRoot) spawnSync('chown', ['postgres:', directory])
  const data = join(directory, 'data')
  createCluster(bin, data)
  const log = join(directory, 'log')
  const port = await freePort()
  const args = ['-D', data, '-p', port, '-h', host, '-k', directory, ...settings]
  const child = spawn(...unprivileged(join(bin, 'postgres'), args), { stdio: toLog(log), cwd: '/' })
  return {
    name: 'postgres',
    url: `postgres://postgres@${host}:${port}/postgres?sslmode=disable`,
    child,
    log,
    isReady: () => spawnSync(join(bin, 'pg_isready'), ['-q', '-h', host, '-p', port, '-U', 'postgres']).status === 0,
    signal: name => void process.kill(postmaster(data), name),
  }
}
