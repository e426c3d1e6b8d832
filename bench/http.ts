import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './table.ts'

/** What of a bare `node:http` server's rate is left when each request is a durable submit? Driven by wrk with 64 connections. */
export interface HttpFigures {
  readonly submitPerSecond: number
  readonly echoPerSecond: number
  /** Median of the rounds' own ratios. */
  readonly ratio: number
}

const { values: given } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '5' } },
})
const folder = mkdtempSync(join(process.env.PULSE_BENCH_FOLDER ?? tmpdir(), 'pulse-http-'))
const body = JSON.stringify({ name: 'default', payload: 'x'.repeat(98) })
const script = join(folder, 'post.lua')
writeFileSync(script, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = '${body}'\n`)

const repository = join(import.meta.dirname, '..')
const echo = await start(['bench/peers/echo.ts', '0'], /listening on (\d+)/)
const pulse = await start(
  ['bin/pulse.ts', 'dev', '--port', '0', '--data', join(folder, 'data')],
  /http:\/\/127\.0\.0\.1:(\d+)/,
)
try {
  // Only submits are measured: nothing runs meanwhile.
  const paused = await fetch(`http://127.0.0.1:${pulse.port}/api/v1/dispatch/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'bench' }),
  })
  if (!paused.ok) throw new Error(`pause: ${paused.status}`)
  const rounds = Array.from({ length: Number(given.rounds) }, () => {
    const submit = wrk(`http://127.0.0.1:${pulse.port}/api/v1/tasks`)
    const bare = wrk(`http://127.0.0.1:${echo.port}/`)
    return { submit, bare }
  })
  const figures: HttpFigures = {
    submitPerSecond: median(rounds.map(round => round.submit)),
    echoPerSecond: median(rounds.map(round => round.bare)),
    ratio: median(rounds.map(round => round.submit / round.bare)),
  }
  console.log(JSON.stringify(figures))
} finally {
  echo.child.kill('SIGKILL')
  pulse.child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}

function wrk(url: string): number {
  const output = execFileSync('wrk', ['-t1', '-c64', `-d${given.seconds}s`, '-s', script, url], { encoding: 'utf8' })
  if (/Non-2xx/.test(output)) throw new Error(`some answers were no success:\n${output}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
}

function start(args: string[], ready: RegExp): Promise<{ child: ChildProcess; port: string }> {
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
      const port = ready.exec(output)?.[1]
      if (port) resolve({ child, port })
    })
    child.on('exit', code => reject(new Error(`${args[0]} ended with code ${code}`)))
  })
}
