import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

export const here = import.meta.dirname
export const isRoot = process.getuid?.() === 0

/** Debian keeps the server's programs out of PATH, one directory for each major version. */
const postgresVersions = '/usr/lib/postgresql'

/** What dpkg runs to ask whether a package may start its service. */
const servicePolicy = '/usr/sbin/policy-rc.d'

function run(command: string, args: string[], env: Record<string, string> = {}): void {
  // The standard output of a benchmark is its figures, so whatever an installer says goes to the standard error.
  const { status, error } = spawnSync(command, args, {
    cwd: here,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}`)
}

function found(command: string): boolean {
  const places = (process.env.PATH ?? '').split(delimiter)
  return places.some(place => existsSync(join(place, command)))
}

export async function postgresDirectory(): Promise<string | undefined> {
  const versions = await readdir(postgresVersions).catch(() => [])
  const places = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map(version => join(postgresVersions, version, 'bin'))
  return places.find(place => existsSync(join(place, 'initdb')))
}

async function missingPackages(): Promise<string[]> {
  const missing: string[] = []
  if (!found('redis-server')) missing.push('redis-server')
  if (!(await postgresDirectory())) missing.push('postgresql')
  if (!found('wrk')) missing.push('wrk')
  return missing
}

/** A service that Debian starts by itself would take memory and cores from the very thing being measured. */
async function withoutServices(install: () => void): Promise<void> {
  if (existsSync(servicePolicy)) return install()
  await writeFile(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    await rm(servicePolicy, { force: true })
  }
}

async function installPackages(): Promise<void> {
  const missing = await missingPackages()
  if (missing.length === 0) return
  if (!isRoot || !found('apt-get')) throw new Error(`please install: ${missing.join(', ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-q'], env)
  await withoutServices(() => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], env))
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** `npm ci` starts by deleting everything, so it is spared when npm's own note of what it installed is the newer. */
function installModules(): void {
  const installed = modified(join(here, 'node_modules', '.package-lock.json'))
  if (installed < modified(join(here, 'package-lock.json'))) run('npm', ['ci', '--no-audit', '--no-fund'])
}

async function buildPrograms(): Promise<void> {
  if (!found('go')) throw new Error('please install Go (see go.mod for the version)')
  await mkdir(join(here, 'dist'), { recursive: true })
  run('go', ['build', '-o', 'dist/', './asynq', './river'])
}

export async function install(): Promise<void> {
  await installPackages()
  installModules()
  await buildPrograms()
}

if (import.meta.main) await install()
