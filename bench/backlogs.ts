import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { BacklogFigures } from './backlog.ts'

/** Measures several backlogs, a process and a file for each, round by round in turn, so that the ratios of a round can be trusted. */
export async function measureBacklogs(
  scenarios: readonly string[],
  args: readonly string[],
): Promise<BacklogFigures[]> {
  const children = scenarios.map(scenario => start(scenario, args))
  // One after another: filling a million rows is work for the whole machine.
  for (const child of children) await child.ready()
  let running = children
  while (running.length > 0) {
    for (const child of running) await child.round()
    running = running.filter(child => !child.figures)
  }
  return children.flatMap(child => child.figures ?? [])
}

interface Turn {
  figures: BacklogFigures | undefined
  ready(): Promise<void>
  round(): Promise<void>
}

function start(scenario: string, args: readonly string[]): Turn {
  let child: ChildProcess | undefined
  let lines: AsyncIterator<string> | undefined
  const turn: Turn = {
    figures: undefined,
    async ready() {
      const script = join(import.meta.dirname, 'backlog.ts')
      child = spawn(process.execPath, [script, '--turns', '--backlog', scenario, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      if (!child.stdout) throw new Error('a pipe was asked for')
      lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      await next()
    },
    async round() {
      child?.stdin?.write('\n')
      await next()
    },
  }

  async function next(): Promise<void> {
    const line = await lines?.next()
    if (line?.value === undefined) throw new Error(`the backlog of ${scenario} was not measured`)
    if (line.value !== 'ready') turn.figures = JSON.parse(line.value) as BacklogFigures // what backlog.ts prints last
  }
  return turn
}
