import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mannWhitney } from './mann-whitney.ts'
import { median, table } from './table.ts'

/**
 * What do accounts cost? Submits with an access token and with an API key against submits on an open server, in turns; the time of a
 * login, for users that exist and that do not; and what a flood of logins does to other requests.
 */
const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    logins: { type: 'string', default: '500' },
    flood: { type: 'string', default: '200' },
  },
})
const folder = mkdtempSync(join(process.env.PULSE_BENCH_FOLDER ?? tmpdir(), 'pulse-accounts-'))
const password = 'the quick brown bench jumps'
const unlimited = { USER_RATE_LIMIT_PER_HOUR: '0', RATE_LIMIT_PER_HOUR: '0', MAX_FAILED_ATTEMPTS: '1000' }

const open = await start('open', {})
const limitless = await start('limitless', { PULSE_AUTH: 'required', PULSE_REGISTRATION: 'open', ...unlimited })
const limited = await start('limited', {
  PULSE_AUTH: 'required',
  PULSE_REGISTRATION: 'open',
  USER_RATE_LIMIT_PER_HOUR: '1000000',
  RATE_LIMIT_PER_HOUR: '1000000',
})
try {
  await submits()
  await logins()
  await flood()
} finally {
  for (const { child } of [open, limitless, limited]) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}

async function submits(): Promise<void> {
  const withToken = script('token', (await tokenOf(limitless, 'ada@example.com')).access_token)
  const limitedToken = (await tokenOf(limited, 'ada@example.com')).access_token
  const { key } = await call<{ key: string }>(limited, 'api-keys', { name: 'bench' }, limitedToken)
  const contenders = [
    { what: 'no credential, no limits', server: open, script: script('none') },
    { what: 'access token, no limits', server: limitless, script: withToken },
    { what: 'access token, limit per user', server: limited, script: script('limited', limitedToken) },
    { what: 'API key, limits per key and user', server: limited, script: script('key', key) },
  ]
  // Only submits are measured: nothing runs meanwhile.
  for (const server of [open, limitless, limited]) await pause(server)
  // To and fro: on a shared machine who comes first is at an advantage, or at a disadvantage.
  const rounds = Array.from({ length: Number(given.rounds) }, (_, round) =>
    round % 2 === 0 ? contenders.map(wrk) : contenders.toReversed().map(wrk).toReversed(),
  )
  const rows = contenders.map(({ what }, index) => ({
    'submit with': what,
    'per second': median(rounds.map(round => round[index] ?? Number.NaN)),
    'against open': median(rounds.map(round => (round[index] ?? Number.NaN) / (round[0] ?? Number.NaN))),
  }))
  console.log(table(rows))
}

async function logins(): Promise<void> {
  const known: number[] = []
  const unknown: number[] = []
  await call(limitless, 'auth/register', { email: 'known@example.com', password })
  for (let index = 0; index < Number(given.logins); index++) {
    // In turns and with the same wrong password: only whether the user exists differs.
    known.push(await timeOf('known@example.com'))
    unknown.push(await timeOf('nobody@example.com'))
  }
  const right = await timesOf(Math.min(50, Number(given.logins)))
  console.log(
    table([
      {
        'login, median ms': median(right),
        'wrong password': median(known),
        'unknown user': median(unknown),
        'Mann-Whitney p': mannWhitney(known, unknown),
      },
    ]),
  )
}

async function timesOf(count: number): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const begun = performance.now()
    await tokenOf(limitless, 'known@example.com')
    times.push(performance.now() - begun)
  }
  return times
}

async function timeOf(email: string): Promise<number> {
  const begun = performance.now()
  await post(limitless, 'auth/login', { email, password: 'a wrong one, every time' })
  return performance.now() - begun
}

/** Many logins at once; meanwhile somebody asks for something else. */
async function flood(): Promise<void> {
  // Each of another user: of one user, so many at once are throttled.
  const users = Array.from({ length: Number(given.flood) }, (_, index) => `user${index}@example.com`)
  for (const email of users) await call(limitless, 'auth/register', { email, password })
  const statuses = Promise.all(
    users.map(async email => (await post(limitless, 'auth/login', { email, password })).status),
  )
  let done = false
  void statuses.finally(() => {
    done = true
  })
  const waits: number[] = []
  while (!done) {
    const begun = performance.now()
    await (await fetch(`${limitless.url}/health`)).text()
    waits.push(performance.now() - begun)
  }
  const ended = await statuses
  const sorted = waits.toSorted((a, b) => a - b)
  console.log(
    table([
      {
        'logins at once': ended.length,
        answered: ended.filter(status => status === 200).length,
        'told to wait (503)': ended.filter(status => status === 503).length,
        'others meanwhile, p50 ms': median(waits),
        'p99 ms': sorted[Math.floor(sorted.length * 0.99)],
        'worst ms': sorted.at(-1),
      },
    ]),
  )
}

interface Started {
  readonly child: ChildProcess
  readonly url: string
  /** For the first admin. */
  readonly invitation: string
}

function start(name: string, env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, ['bin/pulse.ts', 'dev', '--port', '0', '--data', join(folder, name)], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PULSE_LOG_LEVEL: 'error', ...env },
  })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
      const url = /ready at (http:\/\/\S+)/.exec(output)?.[1]
      const invitation = /"invitation": "([^"]+)"/.exec(output)?.[1]
      // An open server has tips in place of an invitation.
      const complete = invitation !== undefined || output.includes('/api/v1/stats\n')
      if (url !== undefined && complete) resolve({ child, url, invitation: invitation ?? '' })
    })
    child.on('exit', code => reject(new Error(`${name} ended with code ${code}`)))
  })
}

async function tokenOf(server: Started, email: string): Promise<{ access_token: string }> {
  await post(server, 'auth/register', { email, password }).then(answer => answer.text())
  return call(server, 'auth/login', { email, password })
}

async function pause(server: Started): Promise<void> {
  if (server === open) {
    await call(server, 'dispatch/pause', { reason: 'bench' })
    return
  }
  await call(server, 'auth/register', { email: 'admin@example.com', password, invitation: server.invitation })
  const { access_token: token } = await call<{ access_token: string }>(server, 'auth/login', {
    email: 'admin@example.com',
    password,
  })
  await call(server, 'dispatch/pause', { reason: 'bench' }, token)
}

function post(server: Started, path: string, body: unknown, token?: string): Promise<Response> {
  return fetch(`${server.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
}

async function call<T = unknown>(server: Started, path: string, body: unknown, token?: string): Promise<T> {
  const answer = await post(server, path, body, token)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

function script(name: string, token?: string): string {
  const path = join(folder, `${name}.lua`)
  const body = JSON.stringify({ name: 'default', payload: 'x'.repeat(98) })
  const header = token === undefined ? '' : `wrk.headers["Authorization"] = "Bearer ${token}"\n`
  writeFileSync(
    path,
    `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n${header}wrk.body = '${body}'\n`,
  )
  return path
}

function wrk({ server, script: path }: { readonly server: Started; readonly script: string }): number {
  const output = execFileSync('wrk', ['-t1', '-c64', `-d${given.seconds}s`, '-s', path, `${server.url}/api/v1/tasks`], {
    encoding: 'utf8',
  })
  if (/Non-2xx/.test(output)) throw new Error(`some answers were no success:\n${output}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
}
