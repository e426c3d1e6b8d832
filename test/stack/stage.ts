import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import { namedUrl } from '../../scripts/stack/api-url.ts'
import { type CdkResult, cdk, cdkOrThrow } from '../../scripts/stack/cdk.ts'
import type { MiniStack } from '../../scripts/stack/ministack.ts'
import { type FunctionName, type Lane, stagePrefix, variables } from '../../shared/aws/names.ts'
import { Api } from './api.ts'
import { encrypted } from './exchange.ts'
import type { Credentials } from './sign.ts'

export type Settings = Readonly<Record<string, string | number | boolean>>

/** The emulator's owner. */
export const root: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

/** Clients of AWS, as a person with all rights or as whoever the credentials are of. */
export interface Clients {
  readonly dynamodb: DynamoDBClient
  readonly sqs: SQSClient
  readonly lambda: LambdaClient
  readonly scheduler: SchedulerClient
  readonly secrets: SecretsManagerClient
}

export function clientsFor(emulator: MiniStack, credentials: Credentials = root): Clients {
  const options = {
    endpoint: emulator.url,
    region: emulator.env.AWS_REGION ?? '',
    credentials,
    requestHandler: { httpsAgent: encrypted },
  }
  return {
    dynamodb: new DynamoDBClient(options),
    sqs: new SQSClient(options),
    lambda: new LambdaClient(options),
    scheduler: new SchedulerClient(options),
    secrets: new SecretsManagerClient(options),
  }
}

/** A stage of the real app in an account of its own. */
export class Stage {
  readonly name: string
  readonly emulator: MiniStack
  readonly clients: Clients
  #settings: Settings
  #url: URL | undefined
  readonly #folder = mkdtempSync(join(tmpdir(), 'pulse-stage-'))

  constructor(emulator: MiniStack, name: string, settings: Settings) {
    this.emulator = emulator
    this.name = name
    this.#settings = settings
    this.clients = clientsFor(emulator)
  }

  /** Brings the account's stack to the settings: those from before, and what is given now. */
  async deploy(changed: Settings = {}): Promise<void> {
    this.#settings = { ...this.#settings, ...changed }
    const outputs = join(this.#folder, 'outputs.json')
    await this.#cdk(['deploy', '--require-approval', 'never', '--outputs-file', outputs])
    this.#url = new URL(namedUrl(JSON.parse(readFileSync(outputs, 'utf8')), this.emulator.url))
  }

  /** What a deployment would change. */
  diff(): Promise<CdkResult> {
    return cdk(['diff', '--fail', ...this.#arguments()], this.#options())
  }

  async destroy(): Promise<void> {
    await this.#cdk(['destroy', '--force'])
  }

  /** Of the API. */
  get url(): URL {
    if (!this.#url) throw new Error('the stage has not been deployed')
    return this.#url
  }

  /** @param signer of an API that takes signed requests only */
  api(signer?: Credentials): Api {
    return new Api({ url: this.url, gateway: new URL(this.emulator.url) }, signer)
  }

  functionName(name: FunctionName): string {
    return `${stagePrefix(this.name)}-${name}`
  }

  /** What the stack has told a function. */
  async variable(name: keyof typeof variables, of: FunctionName = 'worker'): Promise<string> {
    const { Environment } = await this.clients.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: this.functionName(of) }),
    )
    return Environment?.Variables?.[variables[name]] ?? ''
  }

  async queue(lane: Lane): Promise<{ readonly url: string; readonly arn: string }> {
    return JSON.parse(await this.variable('queues'))[lane]
  }

  /** Removes what the test itself has left on this machine. */
  cleanUp(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #cdk(args: readonly string[]): Promise<string> {
    return cdkOrThrow([...args, ...this.#arguments()], this.#options())
  }

  #arguments(): string[] {
    const settings = Object.entries({ stage: this.name, ...this.#settings })
    return [
      '--output',
      join(this.#folder, 'cdk.out'),
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]
  }

  #options() {
    return { env: this.emulator.env }
  }
}
