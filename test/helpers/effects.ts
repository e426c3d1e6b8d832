import { existsSync, readFileSync } from 'node:fs'

/** A line that a handler of `e2e-tasks` wrote. */
export interface Effect {
  readonly kind: 'start' | 'end'
  readonly id: string
  readonly run: number
  readonly attempt: number
  readonly at: number
}

export function readEffects(file: string): Effect[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map(line => {
    const [kind, id = '', run, attempt, at] = line.split(' ')
    return { kind: kind as Effect['kind'], id, run: Number(run), attempt: Number(attempt), at: Number(at) }
  })
}
