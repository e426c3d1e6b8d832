import type { Actor } from '../core/actor.ts'
import { activePauses, type Pause, type PauseSelector } from '../core/dispatch.ts'
import { PulseError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import type { Environment } from './environment.ts'

/** Holds dispatch back. Durable before it returns; no attempt starts later than 5 s after that (P10). */
export async function pauseDispatch(
  on: Environment,
  actor: Actor,
  selector: PauseSelector,
  reason: string,
  forMs?: number,
): Promise<readonly Pause[]> {
  refuseViewer(actor)
  if (selector.kind === 'name' && !on.registry.has(selector.name)) throw unknownName(on, selector.name)
  const since = on.clock.now()
  const pause: Pause = {
    selector,
    reason,
    actor: actor.by,
    since,
    ...(forMs !== undefined && { until: since + forMs }),
  }
  await on.backend.dispatch.put(pause)
  on.emit({ type: 'dispatch.paused', pause })
  return readDispatch(on)
}

/** Lets dispatch go on. Resuming what is not paused changes nothing. */
export async function resumeDispatch(
  on: Environment,
  actor: Actor,
  selector: PauseSelector,
): Promise<readonly Pause[]> {
  refuseViewer(actor)
  await on.backend.dispatch.remove(selector)
  on.emit({ type: 'dispatch.resumed', selector, by: actor.by })
  return readDispatch(on)
}

export async function readDispatch(on: Environment): Promise<readonly Pause[]> {
  return activePauses(await on.backend.dispatch.read(), on.clock.now())
}

function refuseViewer(actor: Actor): void {
  if (actor.role === 'viewer') throw new PulseError('forbidden', 'pausing and resuming needs the role operator')
}

function unknownName(on: Environment, name: string): PulseError {
  const near = suggest(name, on.registry.keys())
  const detail = `no handler is registered for task name "${name}"${near ? `; did you mean "${near}"?` : ''}`
  return new PulseError('invalid', detail, { errors: [{ pointer: '/name', detail }] })
}
