import { type Lane, LONG_TIMEOUT_MS, lanes } from '../../shared/aws/names.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import type { SimProcess } from './process.ts'
import { type Name, names } from './story.ts'

export interface Message {
  readonly id: string
  readonly body: string
  readonly rounds: string | undefined
  readonly sentAt: number
  /** Hidden until then. */
  visibleAt: number
  receives: number
  /** Of its latest receipt. */
  receipt: string
  /** When it was last received; undefined when it never was. */
  receivedAt: number | undefined
  /** Who was given it then; nobody when it was received for nothing. */
  receiver: SimProcess | undefined
  /** It is given to one more receiver, although it is hidden. */
  again: boolean
}

export interface Queue {
  readonly name: string
  readonly url: string
  readonly arn: string
  readonly visibilityMs: number
  /** Where messages go that were received too often. */
  readonly deadLetters: Queue | undefined
  readonly messages: Map<string, Message>
  /** A message can be received then. */
  onVisible: (at: number) => void
}

/** The queues of a stage: a lane for each priority and one for long tasks, each with its redrive queue. */
export function hintQueueOf(laneSeconds: number, deadLetterSeconds: number) {
  const queue = (name: string, seconds: number, deadLetters?: Queue): Queue => ({
    name,
    url: `https://simulated.invalid/${name}`,
    arn: `arn:${name}`,
    visibilityMs: seconds * 1_000,
    deadLetters,
    messages: new Map(),
    onVisible: () => {},
  })
  const pairs = lanes.map(lane => {
    const dead = queue(`dead-${lane}`, deadLetterSeconds)
    return [lane, queue(`lane-${lane}`, laneSeconds, dead)] as const
  })
  // By lane, as a type that `Object.fromEntries` cannot tell.
  const byLane = Object.fromEntries(pairs) as Record<Lane, Queue>
  const quarantine = queue('quarantine', laneSeconds)
  const deadLetters = pairs.flatMap(([, { deadLetters }]) => deadLetters ?? [])

  return {
    lanes: byLane,
    deadLetters,
    quarantine,
    all: [...Object.values(byLane), ...deadLetters, quarantine],
    /** Age of the oldest message that travels with the row's hints. */
    ageOf(row: TaskRow, now: number): number {
      const isLong = names[row.name as Name] > LONG_TIMEOUT_MS // every row of the simulation has one of its names
      const lane: Lane = isLong ? 'long' : `${row.priority}`
      const { messages } = byLane[lane]
      const waiting = [...messages.values()].filter(({ visibleAt }) => visibleAt <= now)
      return Math.max(0, ...waiting.map(({ sentAt }) => now - sentAt))
    },
  }
}
