import type { HintRecord } from '../../shared/worker/sqs-event.ts'
import type { Faults } from './faults.ts'
import type { LambdaFunction } from './function.ts'
import type { Queue } from './queues.ts'
import type { Sqs } from './sqs.ts'
import type { World } from './world.ts'

export interface EventSourceOptions {
  readonly world: World
  readonly faults: Faults
  readonly sqs: Sqs
  readonly queue: Queue
  readonly target: LambdaFunction<readonly HintRecord[], readonly string[]>
  readonly batchSize: number
  /** Calls under way at most. */
  readonly most: number
  readonly takes: () => boolean
}

/** Takes messages from a queue to a function, and deletes those that its answer does not name. @returns what has it look */
export function createEventSource(options: EventSourceOptions): () => void {
  const { world, faults, sqs, queue, target, batchSize, most, takes } = options
  let calls = 0

  function look(): void {
    if (calls >= most || !takes()) return
    const received = sqs.receive(queue, world.random.between(1, batchSize))
    if (received.length === 0) return
    if (!faults.happens('receivedForNothing')) call(received)
    look()
  }

  function call(received: ReturnType<Sqs['receive']>): void {
    calls++
    const records = received.map(({ message, receipt }) => ({
      messageId: message.id,
      receipt,
      queue: queue.arn,
      body: message.body,
      rounds: Number(message.rounds ?? 0),
    }))
    world.trace.note(world.now, `${queue.name} gives ${records.map(({ receipt, body }) => receipt + body).join(' ')}`)
    const receiver = target.invoke(records, failed => {
      calls--
      // A function that has died or failed acknowledges nothing.
      for (const { messageId, receipt } of failed ? records : [])
        if (!failed?.includes(messageId)) sqs.remove(queue, receipt)
      look()
    })
    for (const { message } of received) message.receiver = receiver
  }

  queue.onVisible = at => void world.post(at - world.now + world.random.between(0, 200), `${queue.name} looks`, look)
  return look
}
