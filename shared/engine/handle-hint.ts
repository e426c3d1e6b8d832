import type { Hint } from '../core/task.ts'
import { bury } from '../core/transitions.ts'
import { judge, type Verdict } from '../core/verdict.ts'
import { attempt } from './attempt.ts'
import type { AttemptPorts } from './attempt-ports.ts'

/** What becomes of the message: `ack` deletes it, `leave` lets it come back. */
export type Disposal = 'ack' | 'leave'

/** Does what a hint asks for: one attempt, and what its verdict says. */
export async function handleHint(hint: Hint, on: AttemptPorts): Promise<Disposal> {
  const verdict = await attempt(hint, on)
  return verdict.do === 'ack' || verdict.do === 'leave' ? verdict.do : dispose(hint, verdict, on)
}

async function dispose(hint: Hint, verdict: Verdict, on: AttemptPorts): Promise<Disposal> {
  switch (verdict.do) {
    case 'ack':
    case 'leave':
      return verdict.do
    case 'look again':
      await on.backend.hints.send(verdict.row, verdict.at)
      return 'ack'
    case 'bury': {
      const now = on.clock.now()
      const buried = await on.backend.tasks.commit(bury(verdict.row, now))
      if (buried.ok) {
        on.emit({ type: 'task.buried', row: buried.row })
        return 'ack'
      }
      const second = judge(hint, buried.winner, now)
      // Two lost burials in a row: let the message come back instead of going in circles.
      return second.do === 'bury' ? 'leave' : dispose(hint, second, on)
    }
  }
}
