import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localActor } from '../shared/core/actor.ts'
import { createRegistry, defineTask } from '../shared/core/definition.ts'
import { openEmbedded } from '../shared/runtime/embedded.ts'
import { createLocalClient } from '../shared/runtime/local-client.ts'
import { measure, type Task } from './peers/measure.ts'

const WARM_UP_TASKS = 640

/** Pulse itself, by the client in the same process: each task is fsynced before its submit returns. */
await measure({
  name: 'pulse',
  version: '0.1.0',
  settings: { synchronous: 'FULL', client: 'in process' },
  warmsItself: true,
  async open({ inflight, warmup }, handle) {
    const folder = await mkdtemp(join(process.env.PULSE_BENCH_FOLDER ?? tmpdir(), 'pulse-bench-'))
    let warm = false
    let left = 0
    let drained = () => {}
    const noop = defineTask<Task, void>({
      name: 'noop',
      run(task) {
        if (warm) handle(task)
        else if (--left === 0) drained()
      },
    })
    const queue = await openEmbedded({ registry: createRegistry([noop]), folder, concurrency: inflight })
    const client = createLocalClient(queue.engine)
    for (const end = performance.now() + warmup * 1_000; performance.now() < end; ) {
      left = WARM_UP_TASKS
      const done = new Promise<void>(resolve => {
        drained = resolve
      })
      const submits = Array.from({ length: WARM_UP_TASKS }, (_, id) =>
        client.enqueue(noop, { id, pad: 'x'.repeat(80) }),
      )
      await Promise.all(submits)
      queue.start()
      await done
      await queue.drain(1_000)
    }
    warm = true
    return {
      async submit(task) {
        await client.enqueue(noop, task)
      },
      async start() {
        queue.start()
      },
      async unfinished() {
        const { counts } = await queue.engine.stats(localActor)
        const open = counts.filter(({ state }) => state === 'PENDING' || state === 'RETRYING' || state === 'RUNNING')
        return open.reduce((sum, { count }) => sum + count, 0)
      },
      async stop() {
        await queue.drain(1_000)
        await queue.close()
        await rm(folder, { recursive: true })
      },
    }
  },
})
