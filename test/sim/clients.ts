import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '../../shared/aws/clients.ts'
import type { Call, Send } from './network.ts'
import type { SimProcess } from './process.ts'
import { learnRetries, shortened } from './short-clients.ts'
import { createWire, type RequestHandler } from './wire.ts'

export interface Clients {
  readonly dynamodb: DynamoDBClient
  readonly sqs: SQSClient
  readonly scheduler: SchedulerClient
  readonly lambda: LambdaClient
}

/**
 * How much of the SDK works in a history. `whole`: its own clients, on which only HTTP is put in the place of. `short`: its retries only,
 * three times as fast; a part of the histories is run both ways.
 */
export type Sdk = 'whole' | 'short'

export function createClients(sdk: Sdk, process: SimProcess, send: Send): Clients {
  return sdk === 'short'
    ? shortened(models, process, send)
    : wholeClients(service => createWire(process, service, send))
}

/** Nothing is ever sent with these: what is short is made after them. */
const models = wholeClients(() => ({ handle: () => Promise.reject(new Error('a model sends nothing')) }))
await learnRetries(models)

function wholeClients(handler: (service: Call['service']) => RequestHandler): Clients {
  const options = (service: Call['service']) => ({
    ...clientOptions,
    region: 'eu-central-1',
    endpoint: 'https://simulated.invalid',
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    // Whatever is not given is looked for in files and in the environment of whoever runs this, in real time.
    defaultsMode: 'standard' as const,
    retryMode: 'standard',
    authSchemePreference: [],
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: 'simulated',
    disableClockSkewCorrection: true,
    // Half of a call's time would be spent on signatures that nobody checks.
    signer: { sign: async <T>(request: T) => request },
    // The SDK's type of a handler is that of HTTP in general; it calls nothing but `handle`.
    requestHandler: handler(service) as never,
  })
  return {
    dynamodb: new DynamoDBClient({
      ...options('dynamodb'),
      accountIdEndpointMode: 'disabled',
      endpointDiscoveryEnabled: false,
    }),
    sqs: new SQSClient({ ...options('sqs'), md5: false }),
    scheduler: new SchedulerClient(options('scheduler')),
    lambda: new LambdaClient(options('lambda')),
  }
}
