import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { taskError } from '../core/task-error.ts'
import { Abortion, type HandlerHooks, type Invocation, type RunEnd } from '../ports/handler-runner.ts'
import { invoke } from './invoke.ts'
import { loadTasks } from './load-tasks.ts'
import { type FromHandler, READY, type RunOrder, type ThreadData, type ToHandler } from './thread-messages.ts'

// Runs handlers for a thread pool, one at a time.
const orders = parentPort
if (!orders) throw new Error('thread.ts is started by the thread pool, not by hand')
const { tasks } = workerData as ThreadData
const registry = await loadTasks(tasks)

let current: HandlerHooks | undefined

async function run({ invocation, port }: RunOrder): Promise<void> {
  const abortion = new Abortion()
  current = connect(port, abortion)
  const end = await handle(invocation, current, abortion)
  port.postMessage({ kind: 'ended', end } satisfies FromHandler)
  port.close()
}

function handle(invocation: Invocation, hooks: HandlerHooks, abortion: Abortion): RunEnd | Promise<RunEnd> {
  const task = registry.get(invocation.name)
  if (task) return invoke(task, invocation, hooks, abortion)
  return { kind: 'failed', error: taskError(new Error(`no handler named ${invocation.name}`)) }
}

/** What crosses does so as JSON would carry it: what cannot be cloned must not fail in a thread only. */
function connect(port: MessagePort, abortion: Abortion): HandlerHooks {
  const children = new Map<number, { resolve(child: { id: string }): void; reject(error: Error): void }>()
  const send = (message: FromHandler) => port.postMessage(message)
  port.on('message', (message: ToHandler) => {
    if (message.kind === 'abort') return abortion.abort(message.why)
    const child = children.get(message.index)
    children.delete(message.index)
    if (message.kind === 'enqueued') child?.resolve({ id: message.id })
    else child?.reject(new Error(message.message))
  })
  return {
    progress: progress => send({ kind: 'progress', progress }),
    log: line => send({ kind: 'log', line: line.fields ? { ...line, fields: asJson(line.fields) } : line }),
    enqueue: (child, index) =>
      new Promise((resolve, reject) => {
        children.set(index, { resolve, reject })
        send({ kind: 'enqueue', index, child: { ...child, payload: asJson(child.payload) } })
      }),
  }
}

function asJson<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value))
}

// As in the server's own thread: a promise that a handler forgot must not take the thread down.
process.on('unhandledRejection', reason => {
  const { name, message } = taskError(reason)
  current?.log({ level: 'error', message: `nobody waited for a promise that failed: ${name}: ${message}` })
})
orders.on('message', run)
orders.postMessage(READY)
