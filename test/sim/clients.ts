import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '../../shared/aws/clients.ts'
import type { Call, RequestHandler } from './network.ts'

/** The SDK's own clients, with their own retries; only what lies below them is not the network. */
export function createClients(handler: (service: Call['service']) => RequestHandler) {
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

export type Clients = ReturnType<typeof createClients>
