import { createMessages } from '../aws/messages.ts'
import { metrics as names } from '../aws/names.ts'
import { createQuarantine } from '../aws/quarantine.ts'
import { message } from '../telemetry/log-events.ts'
import { type BatchReport, createBatchHandler } from '../worker/batch.ts'
import { createCachedGate } from '../worker/cached-gate.ts'
import { createDeadLetterHandler, type DeadLetterReport } from '../worker/dead-letter.ts'
import { createLocalRunner } from '../worker/run-here.ts'
import { createSqsHandler } from '../worker/sqs-event.ts'
import { type Aws, openAws, type TasksModule } from './aws.ts'
import { queues, text, type Variables } from './aws-settings.ts'
import { withSourcePositions } from './source-positions.ts'

type SqsHandler = ReturnType<typeof createSqsHandler>

/**
 * Runs tasks: the handler of the six lanes.
 * @param bundle URL of the file that holds the tasks
 */
export function createWorkerFunction(env: Variables, tasks: TasksModule, bundle: string): SqsHandler {
  const aws = openAws(env, tasks)
  const { backend, clock } = aws
  return createSqsHandler(
    createBatchHandler({
      ports: {
        ...aws,
        gate: createCachedGate(backend.dispatch, clock),
        runner: createLocalRunner(withSourcePositions(aws.registry, bundle), clock),
      },
      messages: createMessages(aws.clients.sqs, Object.values(queues(env)), clock),
      report: batchReport(aws),
    }),
  )
}

/** Judges hints that no worker could process: the handler of the redrive queues. */
export function createDeadLetterFunction(env: Variables, tasks: TasksModule): SqsHandler {
  const aws = openAws(env, tasks)
  const { backend, clock } = aws
  return createSqsHandler(
    createDeadLetterHandler({
      tasks: backend.tasks,
      hints: backend.hints,
      gate: createCachedGate(backend.dispatch, clock),
      quarantine: createQuarantine(aws.clients.sqs, text(env, 'quarantineUrl'), clock),
      clock,
      report: deadLetterReport(aws),
    }),
  )
}

function batchReport({ logger }: Aws): BatchReport {
  return {
    malformed: (messageId, why) => logger.log('error', 'message.malformed', { messageId, why }),
    notKept: messageId => logger.log('warn', 'message.notKept', { messageId }),
    abandoned: messageId => logger.log('error', 'message.abandoned', { messageId }),
  }
}

function deadLetterReport({ logger, metrics }: Aws): DeadLetterReport {
  return {
    sentAgain: ({ task, name }, rounds) => logger.log('warn', 'deadLetter.sentAgain', { task, name, rounds }),
    unknownTask({ task, name }) {
      metrics.count(names.unknownTasks, 1)
      logger.log('warn', 'hint.unknownTask', { task, name })
    },
    quarantined(messageId, why) {
      metrics.count(names.quarantined, 1)
      logger.log('error', 'message.quarantined', { messageId, why })
    },
    failed: (messageId, error) =>
      logger.log('error', 'deadLetter.failed', {
        messageId,
        error: message(error),
      }),
  }
}
