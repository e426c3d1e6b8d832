import { parentPort, workerData } from 'node:worker_threads'
import { taskError } from '../core/task-error.ts'
import { Abortion, type HandlerHooks, type Invocation, type RunEnd } from '../ports/handler-runner.ts'
import { invoke } from './invoke.ts'
import { loadTasks } from './load-tasks.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'

// Runs handlers for a thread pool, one at a time.
const port = parentPort
if (!port) throw new Error('thread.ts is started by the thread pool, not by hand')
const { tasks } = workerData as ThreadData
const registry = await loadTasks(tasks)
const children = new Map<number, { resolve(child: { id: string }): void; reject(error: Error): void }>()
let abortion = new Abortion()

const send = (message: FromThread) => port.postMessage(message)

const hooks: HandlerHooks = {
  progress: progress => send({ kind: 'progress', progress }),
  log: line => send({ kind: 'log', line }),
  enqueue: (child, index) =>
    new Promise((resolve, reject) => {
      children.set(index, { resolve, reject })
      // The payload crosses as JSON would carry it: what cannot be cloned must not fail in the thread only.
      send({ kind: 'enqueue', index, child: { ...child, payload: JSON.parse(JSON.stringify(child.payload ?? null)) } })
    }),
}

async function run(invocation: Invocation): Promise<RunEnd> {
  abortion = new Abortion()
  const task = registry.get(invocation.name)
  if (!task) return { kind: 'failed', error: taskError(new Error(`no handler named ${invocation.name}`)) }
  return invoke(task, invocation, hooks, abortion)
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'run':
      void run(message.invocation).then(end => send({ kind: 'ended', end }))
      break
    case 'abort':
      abortion.abort(message.why)
      break
    case 'enqueued':
      children.get(message.index)?.resolve({ id: message.id })
      break
    case 'not enqueued':
      children.get(message.index)?.reject(new Error(message.message))
      break
  }
})
send({ kind: 'ready' })
