import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Task } from './measure.ts'
import { measure, required, versionOf } from './measure.ts'

/** Keeping finished jobs is optional in BullMQ and costs it memory and time; asynq and graphile-worker drop theirs. */
const defaultJobOptions = { removeOnComplete: true }

await measure({
  name: 'bullmq',
  version: await versionOf('bullmq'),
  settings: defaultJobOptions,
  async open({ inflight }, handle) {
    const connect = (): Redis => new Redis(required('REDIS_URL'), { maxRetriesPerRequest: null })
    const connections = [connect(), connect()] as const
    const name = `bench-${process.pid}`
    const queue = new Queue<Task>(name, { connection: connections[0], defaultJobOptions })
    const processor = async (job: { data: Task }): Promise<void> => handle(job.data)
    const worker = new Worker<Task>(name, processor, {
      connection: connections[1],
      concurrency: inflight,
      autorun: false,
    })
    worker.on('error', error => console.error(error))
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
    return {
      submit: async task => {
        await queue.add('noop', task)
      },
      start: async () => {
        void worker.run()
      },
      unfinished: () => queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized', 'failed'),
      stop: async () => {
        await worker.close()
        await queue.obliterate({ force: true })
        await queue.close()
        for (const connection of connections) connection.disconnect()
      },
    }
  },
})
