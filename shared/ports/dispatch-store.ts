import type { Pause, PauseSelector } from '../core/dispatch.ts'

/** The durable switch that holds dispatch back. */
export interface DispatchStore {
  read(): Promise<readonly Pause[]>
  /** Takes the place of a pause with the same selector. Durable when it returns. */
  put(pause: Pause): Promise<void>
  /** @returns whether there was one */
  remove(selector: PauseSelector): Promise<boolean>
}
