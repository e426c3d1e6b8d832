import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outputs } from './api-url.ts'
import type { Kind } from './emulators.ts'

/** Everything that the `stack:…` scripts keep: the emulator's data, who runs it, and what was deployed. */
export const FOLDER = process.env.PULSE_STACK_FOLDER || fileURLToPath(new URL('../../.pulse-stack', import.meta.url))
export const OUTPUTS_FILE = join(FOLDER, 'outputs.json')
const RUNNING_FILE = join(FOLDER, 'running.json')

/** An emulator that was started. */
export interface Running {
  readonly kind: Kind
  readonly port: number
  /** Of the process, where it is one. */
  readonly pid?: number
}

export function saveRunning(running: Running): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(RUNNING_FILE, JSON.stringify(running))
}

export function savedRunning(): Running | undefined {
  return read(RUNNING_FILE)
}

/** What the last deployment has said. */
export function savedOutputs(): Outputs | undefined {
  return read(OUTPUTS_FILE)
}

export function forgetOutputs(): void {
  rmSync(OUTPUTS_FILE, { force: true })
}

export function forgetAll(): void {
  rmSync(FOLDER, { recursive: true, force: true })
}

function read<T>(path: string): T | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined // written above, or by the CDK
}
