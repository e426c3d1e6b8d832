import { randomUUID } from 'node:crypto'
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { clientOptions } from '../../shared/aws/clients.ts'
import { createMappings } from '../../shared/aws/mappings.ts'
import { type Lane, lanes } from '../../shared/aws/names.ts'
import type { Pause, PauseSelector } from '../../shared/core/dispatch.ts'
import { type AwsResources, createClients, createResources } from '../helpers/aws-resources.ts'
import { openSqlite } from '../helpers/backend-folder.ts'
import { at, createManualClock } from '../helpers/clock.ts'
import { lambdaRequests, type SeenCall } from '../helpers/lambda-requests.ts'

/** A function that takes everything: `exports.handler = async () => ({ batchItemFailures: [] })`, zipped. */
const ZIP =
  'UEsDBBQAAAAIAAAAIQCZaCe4OwAAADkAAAAIAAAAaW5kZXguanNLrSjILyop1stIzEvJSS1SsFVILK7MS1bQ0FSwtVPQqFZISixJzvAsSc11S8zMKS1KLbZSiI5VqNUEAFBLAQIUAxQAAAAIAAAAIQCZaCe4OwAAADkAAAAIAAAAAAAAAAAAAACAAQAAAABpbmRleC5qc1BLBQYAAAAAAQABADYAAABhAAAAAAA='

const own = createClients()
const lambda = createLambda()
const name = `pulse-test-${randomUUID().slice(0, 13)}`
let resources: AwsResources
let ids: Readonly<Record<Lane, string>>

function createLambda(): LambdaClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return new LambdaClient({ ...clientOptions, endpoint: inject('emulatorUrl'), region: 'us-east-1', credentials })
}

beforeAll(async () => {
  resources = await createResources(own)
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: 'arn:aws:iam::000000000000:role/worker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: Buffer.from(ZIP, 'base64') },
    }),
  )
})
afterAll(async () => {
  await lambda.send(new DeleteFunctionCommand({ FunctionName: name }))
  await resources.remove()
  for (const client of [own, lambda]) client.destroy()
})
beforeEach(async () => {
  const made = lanes.map(async lane => {
    const create = new CreateEventSourceMappingCommand({
      FunctionName: name,
      EventSourceArn: resources.queues[lane].arn,
      ScalingConfig: { MaximumConcurrency: 7 },
    })
    return [lane, (await lambda.send(create)).UUID ?? ''] as const
  })
  // One for each lane.
  ids = Object.fromEntries(await Promise.all(made)) as typeof ids
})
afterEach(async () => {
  await Promise.all(Object.values(ids).map(UUID => lambda.send(new DeleteEventSourceMappingCommand({ UUID }))))
})

function openMappings() {
  const client = createLambda()
  onTestFinished(() => client.destroy())
  const clock = createManualClock()
  const requests = lambdaRequests(client)
  const mappings = createMappings(client, ids, clock)
  return {
    clock,
    requests,
    mappings,
    converge: (pauses: readonly Pause[]) => mappings.follow({ read: async () => pauses }),
  }
}

/** Lanes whose mapping takes messages. */
async function lanesOn(): Promise<Lane[]> {
  const states = lanes.map(
    async lane => (await lambda.send(new GetEventSourceMappingCommand({ UUID: ids[lane] }))).State,
  )
  const found = await Promise.all(states)
  return lanes.filter((_, index) => /^Enabl/.test(found[index] ?? ''))
}

const pause = (selector: PauseSelector, until?: number): Pause => ({
  selector,
  reason: 'r',
  actor: 'a',
  since: at('09:00:00'),
  ...(until !== undefined && { until }),
})
const updates = (requests: { readonly seen: readonly SeenCall[] }) =>
  requests.seen.filter(({ method }) => method === 'PUT')

describe('mappings', () => {
  test('H66 follow a pause of everything, and its end', async () => {
    const { converge } = openMappings()
    expect(await converge([pause({ kind: 'all' }), pause({ kind: 'priority', priority: 2 })])).toBe(true)
    expect(await lanesOn()).toEqual([])
    expect(await converge([])).toBe(true)
    expect(await lanesOn()).toEqual([...lanes])
  })

  test('H66 of paused priorities are off; long tasks have any priority, and a name has no mapping', async () => {
    const { converge } = openMappings()
    const pauses = [pause({ kind: 'priority', priority: 2 }), pause({ kind: 'priority', priority: 5 })]
    expect(await converge([...pauses, pause({ kind: 'name', name: 'send-email' })])).toBe(true)
    expect(await lanesOn()).toEqual(['1', '3', '4', 'long'])
    expect(await converge([pause({ kind: 'name', name: 'send-email' })])).toBe(true)
    expect(await lanesOn()).toEqual([...lanes])
  })

  test('H66 are on again when a pause has ended by itself', async () => {
    const { converge, clock } = openMappings()
    const pauses = [pause({ kind: 'all' }, at('10:30:00'))]
    await converge(pauses)
    expect(await lanesOn()).toEqual([])
    clock.set(at('10:30:00'))
    expect(await converge(pauses)).toBe(true)
    expect(await lanesOn()).toEqual([...lanes])
  })

  test('that are as they should be are left alone, and the others keep their settings', async () => {
    const { converge, requests } = openMappings()
    await converge([pause({ kind: 'priority', priority: 3 })])
    expect(updates(requests).map(({ body }) => body)).toEqual([{ Enabled: false }])
    await converge([pause({ kind: 'priority', priority: 3 })])
    expect(updates(requests)).toHaveLength(1)
    const { ScalingConfig } = await lambda.send(new GetEventSourceMappingCommand({ UUID: ids['3'] }))
    expect(ScalingConfig).toEqual({ MaximumConcurrency: 7 })
  })

  test.each([
    ['Enabling', 0],
    ['Enabled', 0],
    ['Disabling', 6],
    ['Creating', 6],
    ['Updating', 6],
  ])('that are %s are turned on where that is not on its way', async (state, turned) => {
    const { converge, requests } = openMappings()
    requests.answer('GET', 200, { State: state })
    requests.answer('PUT', 202, {})
    expect(await converge([])).toBe(true)
    expect(updates(requests)).toHaveLength(turned)
  })

  test.each([
    ['ResourceInUseException', 400],
    ['TooManyRequestsException', 429],
    ['AccessDeniedException', 403],
  ])('H66 that cannot be turned now (%s) are left to the next time: it is only a saving', async (type, status) => {
    const { converge, requests } = openMappings()
    requests.answer('PUT', status, { message: 'not now' }, type)
    expect(await converge([pause({ kind: 'priority', priority: 1 })])).toBe(false)
    expect(await lanesOn()).toEqual([...lanes])
    requests.answer('PUT')
    expect(await converge([pause({ kind: 'priority', priority: 1 })])).toBe(true)
    expect(await lanesOn()).toEqual(['2', '3', '4', '5', 'long'])
  })
})

describe('following the switch', () => {
  test('does what it says, as it is now', async () => {
    const { mappings } = openMappings()
    const { dispatch } = openSqlite()
    await dispatch.put(pause({ kind: 'all' }))
    expect(await mappings.follow(dispatch)).toBe(true)
    expect(await lanesOn()).toEqual([])
    await dispatch.remove({ kind: 'all' })
    expect(await mappings.follow(dispatch)).toBe(true)
    expect(await lanesOn()).toEqual([...lanes])
  })

  test('H66 whoever has read an older switch notices, although it is the last to write', async () => {
    const { mappings, requests } = openMappings()
    const { dispatch } = openSqlite()
    await dispatch.put(pause({ kind: 'all' }))
    let resumed = false
    requests.before('PUT', async () => {
      if (resumed) return
      resumed = true
      // Somebody resumes, and turns on what is off: nothing, as yet.
      await dispatch.remove({ kind: 'all' })
      await openMappings().mappings.follow(dispatch)
    })
    expect(await mappings.follow(dispatch)).toBe(true)
    expect(await lanesOn()).toEqual([...lanes])
  })

  test('gives up on a switch that never rests', async () => {
    const { mappings } = openMappings()
    let paused = false
    const dispatch = {
      async read() {
        paused = !paused
        return paused ? [pause({ kind: 'priority', priority: 1 })] : []
      },
    }
    expect(await mappings.follow(dispatch)).toBe(false)
  })

  test('of a switch that cannot be read says so', async () => {
    const { mappings, requests } = openMappings()
    const dispatch = { read: () => Promise.reject(new Error('no answer')) }
    await expect(mappings.follow(dispatch)).rejects.toThrow('no answer')
    expect(requests.seen).toEqual([])
  })
})
