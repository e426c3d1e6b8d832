import type { Registry } from '../core/definition.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { Emit } from './events.ts'

/** What every use case is given. */
export interface Environment {
  readonly backend: Backend
  readonly registry: Registry
  readonly clock: Clock
  readonly entropy: Entropy
  readonly emit: Emit
}
