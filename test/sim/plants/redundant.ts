import type { Plant } from '../plant.ts'
import { deadly, unreconciled } from './settings.ts'
import { isHeartbeat, onSend, onUpdate, without } from './spoil.ts'

/** A rule without which every promise still holds, and why. */
export interface Redundant extends Omit<Plant, 'breaks'> {
  readonly proof: string
}

export const redundant: readonly Redundant[] = [
  {
    name: 'updates-of-rows-that-are-gone',
    proof:
      'every update has a clause that compares an attribute of the row (its lease token, version or wakeAt), and no comparison holds with an attribute that is not there',
    settings: { changes: 20, retentionMs: 60_000 },
    patch: {
      dynamodb: onSend('UpdateItem', input => ({
        ...input,
        ConditionExpression: String(input.ConditionExpression).replace('attribute_exists(#pk) AND ', ''),
      })),
    },
  },
  {
    name: 'heartbeats-in-order',
    proof:
      'one heartbeat is under way at a time and calls end at their deadline of 2 s; one that arrives twice, up to 6 s later, sets a lease that is at most one interval shorter, and the next heartbeat comes within 10 s of 30',
    rates: { requestDoubled: 0.3, requestSlow: 0.2 },
    patch: { backend: onUpdate(isHeartbeat, without('wakeAt')) },
  },
  {
    name: 'messages-deleted-early',
    proof:
      'a message that is back finds an ended row and is acknowledged, or a held one and stays: it costs a look and no attempt',
    ...deadly,
    settings: { ...unreconciled, tasks: 8 },
    patch: { messages: messages => ({ ...messages, delete: async () => {} }) },
  },
]
