import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const STOP_LIMIT_MS = 10_000

/** Ends a process group: asks first, so that state is written, and insists after a while. */
export async function stopGroup(leader: number): Promise<void> {
  const end = performance.now() + STOP_LIMIT_MS
  signalGroup(leader, 'SIGTERM')
  while (isAlive(leader) && performance.now() < end) await delay(20)
  signalGroup(leader, 'SIGKILL')
}

/** A process that has ended but was not collected yet does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/stat`
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'))
}

/** Whether a process that was started earlier is the emulator still: its number may have gone to another one. */
export function isMiniStack(pid: number): boolean {
  if (!isAlive(pid)) return false
  const commandLine = `/proc/${pid}/cmdline`
  const ask = () => spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  return (existsSync(commandLine) ? readFileSync(commandLine, 'utf8') : ask()).includes('ministack')
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch {
    // All of it has ended already.
  }
}
