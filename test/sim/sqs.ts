import type { Faults } from './faults.ts'
import type { Answer, Call } from './network.ts'
import type { Message, Queue } from './queues.ts'
import type { World } from './world.ts'

interface Entry {
  readonly Id: string
  readonly MessageBody: string
  readonly DelaySeconds?: number
  readonly ReceiptHandle: string
  readonly VisibilityTimeout: number
  readonly MessageAttributes?: { readonly rounds?: { readonly StringValue: string } }
}

/** Receives before a message goes to the redrive queue. */
const MAX_RECEIVES = 10

/** Who wants to know of messages. */
export interface Hears {
  /** One was taken. */
  hinted(body: string): void
  /** One has gone to the redrive queue. */
  deadLettered(body: string): void
}

/** Queues that lose no order because they keep none. */
export function createSqs(world: World, faults: Faults, queues: readonly Queue[], hears: Hears) {
  const { random } = world
  let count = 0

  function queueOf(url: unknown): Queue {
    const queue = queues.find(each => each.url === url)
    if (!queue) throw new Error(`there is no queue ${url}`)
    return queue
  }

  function tell({ id, body }: Message, what: string): void {
    world.trace.note(world.now, `${id} ${what} ${body}`)
  }

  function show(queue: Queue, message: Message, at: number): void {
    message.visibleAt = at
    queue.onVisible(at)
  }

  function send(queue: Queue, body: string, delayMs: number, rounds?: string): string {
    const id = `m${++count}`
    hears.hinted(body)
    if (faults.happens('messageLost', body)) {
      world.trace.note(world.now, `${id} lost ${body}`)
      return id
    }
    const late = faults.happens('messageLate', body) ? random.between(100, 20_000) : random.between(0, 50)
    const early = delayMs > 0 && faults.happens('messageEarly', body) ? random.between(0, Math.min(delayMs, 30_000)) : 0
    const blank = { receives: 0, receipt: '', visibleAt: 0, receivedAt: undefined, receiver: undefined, again: false }
    const message: Message = { ...blank, id, body, rounds, sentAt: world.now }
    queue.messages.set(id, message)
    show(queue, message, world.now + delayMs - early + late)
    tell(message, `sent, seen in ${message.visibleAt - world.now} ms`)
    return id
  }

  /** At least once: somebody else is given it as well. */
  function double(queue: Queue, message: Message): void {
    const delay = random.between(0, 60_000)
    world.post(delay, `${message.id} doubled`, () => {
      message.again = true
      queue.onVisible(world.now)
    })
  }

  function sendEntry(queue: Queue, entry: Entry): string {
    return send(
      queue,
      entry.MessageBody,
      (entry.DelaySeconds ?? 0) * 1_000,
      entry.MessageAttributes?.rounds?.StringValue,
    )
  }

  /** An older receipt may still do, or do nothing. */
  function received(queue: Queue, receipt: string): Message | undefined {
    const [id] = receipt.split('/')
    const message = queue.messages.get(id ?? '')
    if (message && message.receipt !== receipt && faults.happens('receiptStale', message.body)) return undefined
    return message
  }

  function remove(queue: Queue, receipt: string): void {
    const message = received(queue, receipt)
    if (!message || faults.happens('messageBack', message.body)) return
    tell(message, `deleted by ${receipt}`)
    queue.messages.delete(message.id)
  }

  /** Some of a call's entries may fail while the others are done. */
  function batch(call: Call, act: (entry: Entry) => boolean): Answer {
    const entries = call.body.Entries as readonly Entry[] // as the client has serialised them
    const done = entries.map(entry => !faults.happens('partlyRefused', entry.MessageBody) && act(entry))
    const named = (wanted: boolean) => entries.flatMap(({ Id }, index) => (done[index] === wanted ? [Id] : []))
    return {
      status: 200,
      body: {
        Successful: named(true).map(Id => ({ Id, MessageId: `of ${Id}`, MD5OfMessageBody: '' })),
        Failed: named(false).map(Id => ({ Id, Code: 'InternalError', SenderFault: false })),
      },
    }
  }

  function hide(queue: Queue, { ReceiptHandle, VisibilityTimeout }: Entry): boolean {
    const message = received(queue, ReceiptHandle)
    // One that has come back already is not in anybody's hands.
    if (!message || message.visibleAt <= world.now) return false
    show(queue, message, world.now + VisibilityTimeout * 1_000)
    tell(message, `hidden by ${ReceiptHandle} for ${VisibilityTimeout} s`)
    return true
  }

  return {
    service(call: Call): Answer {
      const queue = queueOf(call.body.QueueUrl)
      switch (call.operation) {
        case 'SendMessageBatch':
          return batch(call, entry => sendEntry(queue, entry) !== '')
        case 'SendMessage':
          return { status: 200, body: { MessageId: sendEntry(queue, call.body as unknown as Entry) } }
        case 'ChangeMessageVisibilityBatch':
          return batch(call, entry => hide(queue, entry))
        case 'DeleteMessage':
          remove(queue, String(call.body.ReceiptHandle))
          return { status: 200, body: {} }
        default:
          throw new Error(`the queues know no ${call.operation}`)
      }
    },
    send,
    remove,
    /** Takes some that can be seen, mostly in their order. */
    receive(queue: Queue, most: number): { readonly message: Message; readonly receipt: string }[] {
      const visible = [...queue.messages.values()].filter(({ visibleAt, again }) => again || visibleAt <= world.now)
      const taken: { message: Message; receipt: string }[] = []
      while (visible.length > 0 && taken.length < most) {
        const isReordered = visible.length > 1 && faults.happens('messageReordered', visible[0]?.body)
        const [message] = visible.splice(isReordered ? random.between(1, visible.length - 1) : 0, 1)
        if (!message) break
        if (faults.happens('countRaised', message.body)) message.receives += random.between(1, MAX_RECEIVES)
        if (message.receives >= MAX_RECEIVES && queue.deadLetters) {
          queue.messages.delete(message.id)
          queue.deadLetters.messages.set(message.id, message)
          message.receives = 0
          tell(message, 'received too often')
          hears.deadLettered(message.body)
          show(queue.deadLetters, message, world.now)
          continue
        }
        message.receives++
        message.receivedAt = world.now
        message.receipt = `${message.id}/${message.receives}`
        taken.push({ message, receipt: message.receipt })
        message.receiver = undefined
        message.again = false
        show(queue, message, world.now + queue.visibilityMs)
        if (faults.happens('messageDoubled', message.body)) double(queue, message)
      }
      return taken
    },
    /** Gives all messages of a redrive queue back to where they came from. */
    redrive(from: Queue, to: Queue): void {
      for (const message of from.messages.values()) {
        from.messages.delete(message.id)
        to.messages.set(message.id, message)
        tell(message, 'redriven')
        show(to, message, world.now)
      }
    },
    purge(queue: Queue): void {
      queue.messages.clear()
    },
    messagesOf: (task: string) =>
      queues.flatMap(({ messages }) => [...messages.values()].filter(({ body }) => body.includes(task))),
  }
}

export type Sqs = ReturnType<typeof createSqs>
