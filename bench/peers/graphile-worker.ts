import type { Runner } from 'graphile-worker'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import type { Task } from './measure.ts'
import { measure, required, versionOf } from './measure.ts'

/** From the authors' own performance test: the local queue of 101 that they advise elsewhere drains half as fast. */
const worker = {
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
}

/** A line per job would measure the terminal. */
const logger = new Logger(() => level => (level === 'error' ? console.error : () => {}))

await measure({
  name: 'graphile-worker',
  version: await versionOf('graphile-worker'),
  settings: worker,
  async open({ submitters, inflight }, handle) {
    const schema = `graphile_bench_${process.pid}`
    const pool = new pg.Pool({ connectionString: required('DATABASE_URL'), max: submitters })
    pool.on('error', error => console.error(error))
    pool.on('connect', client => void client.on('error', error => console.error(error)))
    const utils = await makeWorkerUtils({ pgPool: pool, schema, logger })
    await utils.migrate()
    let runner: Runner | undefined
    return {
      submit: async task => {
        await utils.addJob('noop', task)
      },
      start: async () => {
        runner = await run({
          preset: { worker: { ...worker, schema, concurrentJobs: inflight, logger } },
          pgPool: pool,
          noHandleSignals: true,
          taskList: { noop: async payload => handle(payload as Task) },
        })
      },
      unfinished: async () => {
        const { rows } = await pool.query<{ count: number }>(
          `select count(*)::int as count from ${schema}._private_jobs`,
        )
        return rows[0]?.count ?? 0
      },
      stop: async () => {
        await runner?.stop()
        await utils.release()
        await pool.query(`drop schema ${schema} cascade`)
        await pool.end()
      },
    }
  },
})
