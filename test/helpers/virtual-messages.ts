import type { CreateScheduleCommandInput, SchedulerClient } from '@aws-sdk/client-scheduler'
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SendMessageBatchCommandInput,
  type SendMessageBatchCommandOutput,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { expect } from 'vitest'
import type { Hint, Instant } from '../../shared/core/task.ts'
import { readHint } from '../../shared/ports/hint-message.ts'
import type { AwsResources } from './aws-resources.ts'

/** What is in the queues and in the Scheduler, as a clock sees it that a test moves. */
export interface VirtualMessages {
  /** Takes what is out by then, one-shot schedules that have fired included. */
  take(now: Instant): Promise<readonly Hint[]>
  /** A worker has left this one: it comes back. */
  leave(hint: Hint, at: Instant): void
}

interface Waiting {
  readonly hint: Hint
  readonly dueAt: Instant
}

interface FiredOnce {
  readonly name: string
  readonly firesAt: Instant
  readonly input: string
}

/**
 * Requests reach the emulator, which checks them; only their delays are kept here, because its clock is not the test's.
 * @param sqs through which the backend sends: from now on delays are taken out of its requests
 * @param scheduler through which it makes schedules
 */
export function createVirtualMessages(
  clients: { readonly sqs: SQSClient; readonly scheduler: SchedulerClient },
  { queues }: Pick<AwsResources, 'queues'>,
  now: () => Instant,
): VirtualMessages {
  const { sqs, scheduler } = clients
  const dueAt = new Map<string, Instant>()
  const timers: FiredOnce[] = []
  let waiting: Waiting[] = []

  sqs.middlewareStack.add(
    (next, context) => async args => {
      if (context.commandName !== 'SendMessageBatchCommand') return next(args)
      const input = args.input as SendMessageBatchCommandInput
      const delays = new Map(input.Entries?.map(({ Id, DelaySeconds = 0 }) => [Id, DelaySeconds]))
      for (const delay of delays.values()) {
        // The emulator takes more.
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(900)
      }
      const sentAt = now()
      const atOnce = { ...input, Entries: input.Entries?.map(entry => ({ ...entry, DelaySeconds: 0 })) }
      const answer = await next({ ...args, input: atOnce })
      const { Successful = [] } = answer.output as SendMessageBatchCommandOutput
      for (const { Id, MessageId = '' } of Successful) dueAt.set(MessageId, sentAt + (delays.get(Id) ?? 0) * 1_000)
      return answer
    },
    { step: 'initialize', name: 'virtualDelays' },
  )
  scheduler.middlewareStack.add(
    (next, context) => async args => {
      const answer = await next(args)
      if (context.commandName !== 'CreateScheduleCommand') return answer
      const { Name = '', ScheduleExpression = '', Target } = args.input as CreateScheduleCommandInput
      const [, time] = /^at\((.*)\)$/.exec(ScheduleExpression) ?? []
      timers.push({ name: Name, firesAt: Date.parse(`${time}Z`), input: Target?.Input ?? '' })
      return answer
    },
    { step: 'initialize', name: 'virtualTimers' },
  )

  async function receive(): Promise<void> {
    await Promise.all(
      Object.values(queues).map(async ({ url }) => {
        for (let messages = await page(url); messages.length > 0; messages = await page(url)) {
          for (const { Body = '', MessageId = '' } of messages)
            add(Body, MessageId, dueAt.get(MessageId) ?? Number.NEGATIVE_INFINITY)
        }
      }),
    )
  }

  async function page(url: string): Promise<Message[]> {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }))
    if (Messages.length === 0) return []
    const entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries }))
    return Messages
  }

  function add(body: string, messageId: string, due: Instant): void {
    const hint = readHint(body, messageId)
    if ('why' in hint) throw new Error(`${body} is no hint: ${hint.why}`)
    waiting.push({ hint, dueAt: due })
  }

  return {
    async take(until) {
      await receive()
      for (const timer of timers.filter(({ firesAt }) => firesAt <= until)) {
        timers.splice(timers.indexOf(timer), 1)
        add(timer.input, timer.name, timer.firesAt)
      }
      const due = waiting.filter(message => message.dueAt <= until)
      waiting = waiting.filter(message => message.dueAt > until)
      return due.toSorted((a, b) => a.dueAt - b.dueAt).map(({ hint }) => hint)
    },
    leave: (hint, at) => void waiting.push({ hint, dueAt: at }),
  }
}
