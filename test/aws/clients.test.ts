import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { expect, onTestFinished, test } from 'vitest'
import { createAwsBackend } from '../../shared/aws/backend.ts'
import { CALL_DEADLINE_MS, call, clientOptions, ITEM_DEADLINE_MS } from '../../shared/aws/clients.ts'
import { lanes } from '../../shared/aws/names.ts'
import { claim, submit } from '../../shared/core/transitions.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { hint, lease, newTask } from '../contract/fixtures.ts'
import { at, createManualClock, type ManualClock, until } from '../helpers/clock.ts'
import { createTestEntropy } from '../helpers/engine.ts'

/** Takes connections and what is sent over them, and never answers. */
async function silentServer(): Promise<{ url: string; asked(): number }> {
  const sockets = new Set<Socket>()
  let asked = 0
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('data', () => void asked++)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

function backendAt(url: string, clock: ManualClock) {
  const options = {
    ...clientOptions,
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  }
  const clients = { dynamodb: new DynamoDBClient(options), sqs: new SQSClient(options) }
  onTestFinished(() => {
    clients.dynamodb.destroy()
    clients.sqs.destroy()
  })
  // One queue will do for all lanes.
  const queues = Object.fromEntries(lanes.map(lane => [lane, { url: `${url}/000000000000/queue`, arn: 'arn:queue' }]))
  return createAwsBackend({
    clients,
    tasksTable: 'tasks',
    appTable: 'app',
    queues: queues as Parameters<typeof createAwsBackend>[0]['queues'],
    retentionMs: 1_000,
    names: ['send-email'],
    isLong: () => false,
    clock,
    entropy: createTestEntropy(clock),
  })
}

const task = submit(newTask({}, at('10:00:00')), at('10:00:00'))

test.each([
  ['a submit', ITEM_DEADLINE_MS, (backend: ReturnType<typeof backendAt>) => backend.tasks.commit(task)],
  [
    'a claim',
    ITEM_DEADLINE_MS,
    (backend: ReturnType<typeof backendAt>) =>
      backend.tasks.commit(claim(hint(task.row), lease(task.row, 'token-A', at('10:00:30')), at('10:00:01'))),
  ],
  ['a read', ITEM_DEADLINE_MS, (backend: ReturnType<typeof backendAt>) => backend.tasks.read(task.task)],
  ['the dispatch switch', ITEM_DEADLINE_MS, (backend: ReturnType<typeof backendAt>) => backend.dispatch.read()],
  ['a hint', CALL_DEADLINE_MS, (backend: ReturnType<typeof backendAt>) => backend.hints.send(task.row, at('10:00:00'))],
  [
    'a list',
    CALL_DEADLINE_MS,
    (backend: ReturnType<typeof backendAt>) => backend.tasks.list({ now: at('10:00:00'), limit: 5, name: 'a' }),
  ],
  ['a body', CALL_DEADLINE_MS, (backend: ReturnType<typeof backendAt>) => backend.blobs.get('task', 'key')],
] as const)('H98 %s that nobody answers ends at its deadline, as unavailable', async (_, deadlineMs, ask) => {
  const server = await silentServer()
  const clock = createManualClock()
  const asked = ask(backendAt(server.url, clock)).catch((error: unknown) => error)
  await until(() => server.asked() > 0, 'a request')
  let ended = false
  void asked.then(() => {
    ended = true
  })
  await clock.advance(deadlineMs - 50)
  expect(ended).toBe(false)
  await clock.advance(50)
  expect(await asked).toBeInstanceOf(StoreUnavailable)
})

test('H98 a client by itself gives up on a connection after a second, and on an answer after three', async () => {
  const client = new DynamoDBClient({ ...clientOptions, region: 'us-east-1' })
  // The handler that the client makes of these options, as far as it is needed here.
  const handler = client.config.requestHandler as unknown as {
    handle(request: object): Promise<unknown>
    httpHandlerConfigs(): object
  }
  // It reads its settings when it is first used.
  await handler.handle({}).catch(() => {})
  expect(handler.httpHandlerConfigs()).toMatchObject({
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  })
  expect(await client.config.maxAttempts()).toBe(3)
  client.destroy()
})

test('H106 SEC-46 whatever AWS answers is told as an outage, without its words: they name roles and accounts', async () => {
  const clock = createManualClock()
  const denied = Object.assign(new Error('User: arn:aws:sts::123456789012:assumed-role/x is not authorized'), {
    name: 'AccessDeniedException',
  })
  const refused = await call(clock, 1_000, () => Promise.reject(denied)).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(StoreUnavailable)
  expect(String(refused)).toMatch(/AccessDeniedException/)
  expect(String(refused)).not.toMatch(/123456789012|assumed-role/)
  expect(clock.timers()).toBe(0)
})
