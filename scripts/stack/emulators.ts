import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clientEnvironment, isHealthy, startMiniStack } from './ministack.ts'
import { isMiniStack, stopGroup } from './process-group.ts'
import { FOLDER, type Running } from './saved.ts'

/** What can stand in for AWS: MiniStack as a process by default; the others are services of localstack-compose.yml. */
export const kinds = ['ministack', 'ministack-docker', 'localstack', 'localstack-open'] as const
export type Kind = (typeof kinds)[number]

const COMPOSE_FILE = fileURLToPath(new URL('../../localstack-compose.yml', import.meta.url))
const DOCKER_PORT = 4566
const DOCKER_LIMIT_MS = 300_000
/** Service and profile of the compose file. */
const services: Readonly<Record<Exclude<Kind, 'ministack'>, string>> = {
  'ministack-docker': 'ministack',
  localstack: 'localstack',
  'localstack-open': 'localstack-open',
}

/** Nobody signs requests to an emulator; and LocalStack has REST APIs only, and schedules that never fire. */
export function settingsFor(kind: Kind): Readonly<Record<string, string>> {
  const open = { stage: 'dev', apiAuth: 'none' }
  return kind.startsWith('localstack') ? { ...open, restApi: 'true', reconcileEvery: '1 minute' } : open
}

/** @throws Error when the environment names none that is known */
export function chosenKind(): Kind {
  const chosen = process.env.PULSE_STACK || 'ministack'
  const kind = kinds.find(each => each === chosen)
  if (kind) return kind
  throw new Error(`PULSE_STACK cannot be "${chosen}": it is one of ${kinds.join(', ')}`)
}

/** @throws Error that says what to do */
export async function start(kind: Kind, port: number): Promise<Running> {
  if (kind !== 'ministack') return startInDocker(kind)
  if (await isHealthy(`http://127.0.0.1:${port}`))
    throw new Error(`another emulator answers on port ${port}: stop it, or set PULSE_STACK_PORT`)
  const { pid } = await startMiniStack({ port, folder: `${FOLDER}/ministack`, persist: true, background: true })
  return { kind, port, pid }
}

export async function isUp({ port, pid }: Running): Promise<boolean> {
  if (pid !== undefined && !isMiniStack(pid)) return false
  const { AWS_ENDPOINT_URL } = clientEnvironment(port)
  return (await isHealthy(AWS_ENDPOINT_URL)) || isHealthy(AWS_ENDPOINT_URL, '/_localstack/health')
}

export async function stop({ kind, pid }: Running): Promise<void> {
  if (kind !== 'ministack') await compose(kind, ['down', '--volumes'])
  else if (pid !== undefined && isMiniStack(pid)) await stopGroup(pid)
}

async function startInDocker(kind: Exclude<Kind, 'ministack'>): Promise<Running> {
  if (kind === 'localstack' && !process.env.LOCALSTACK_AUTH_TOKEN)
    throw new Error('LocalStack needs your token in LOCALSTACK_AUTH_TOKEN; PULSE_STACK=localstack-open needs none')
  await compose(kind, ['up', '--detach', services[kind]])
  const running = { kind, port: DOCKER_PORT }
  const end = performance.now() + DOCKER_LIMIT_MS
  while (!(await isUp(running))) {
    if (performance.now() > end)
      throw new Error(`${kind} does not answer: see docker compose -f localstack-compose.yml logs`)
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  return running
}

async function compose(kind: Exclude<Kind, 'ministack'>, args: readonly string[]): Promise<void> {
  const profile = kind === 'ministack-docker' ? [] : ['--profile', services[kind]]
  try {
    await promisify(execFile)('docker', ['compose', '-f', COMPOSE_FILE, ...profile, ...args], {
      timeout: DOCKER_LIMIT_MS,
    })
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string } // what `execFile` rejects with
    throw new Error(`Docker could not do it; without PULSE_STACK none is needed\n${stderr.trim() || message}`, {
      cause: error,
    })
  }
}
