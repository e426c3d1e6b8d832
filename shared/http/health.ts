import { json, type Verb } from './call.ts'
import type { Routes } from './routes.ts'

const ok = JSON.stringify({ status: 'ok' })

export const health: Verb<Routes['health']> = async () => json(200, ok)

/** @param probe fails when the store does not answer */
export function createReady(probe: () => Promise<unknown>): Verb<Routes['ready']> {
  return async () => {
    await probe()
    return json(200, ok)
  }
}
