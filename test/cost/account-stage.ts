import { randomBytes } from 'node:crypto'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { accountVariables } from '../../lib/accounts.ts'
import { readSettings } from '../../lib/settings.ts'
import { createLimitStore } from '../../shared/aws/limit-store.ts'
import { variables } from '../../shared/aws/names.ts'
import { createRecordStore } from '../../shared/aws/record-store.ts'
import { register } from '../../shared/identity/register.ts'
import { createAccess } from '../../shared/runtime/access.ts'
import { createAccounts } from '../../shared/runtime/accounts.ts'
import { identitySettings, text } from '../../shared/runtime/aws-settings.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import type { AwsClients } from '../helpers/aws-resources.ts'
import { createFunctions, type Functions } from './functions.ts'
import type { Meter } from './meter.ts'

export interface AccountStage extends Pick<Functions, 'request' | 'take'> {
  /** Makes an account, past the functions and the meter. */
  register(email: string, password: string): Promise<void>
}

/** Functions that are told of accounts, and a secret for them. */
export async function openAccounts(
  meter: Meter,
  emulatorUrl: string,
  { dynamodb }: AwsClients,
  plain: Readonly<Record<string, string>>,
): Promise<AccountStage> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const secrets = new SecretsManagerClient({ endpoint: emulatorUrl, region: 'us-east-1', credentials })
  const SecretString = randomBytes(32).toString('hex')
  const { ARN = '' } = await secrets.send(
    new CreateSecretCommand({ Name: `cost-${crypto.randomUUID()}`, SecretString }),
  )
  secrets.destroy()
  const settings = readSettings({ registration: 'open' })
  const env = { ...plain, ...accountVariables(settings), [variables.secretArn]: ARN }
  const { request, take } = createFunctions(meter, env)
  return {
    request,
    take,
    async register(email, password) {
      const clock = systemClock
      const tableName = text(env, 'appTable')
      const entropy = createEntropy(() => clock.now())
      const backend = {
        records: createRecordStore({ dynamodb, tableName, clock, entropy }),
        limits: createLimitStore({ dynamodb, tableName, clock }),
      }
      const options = { backend, clock, entropy, settings: identitySettings(env) }
      const unused = { read: async () => [], replace: async () => {} }
      const { environment } = createAccounts(options, createAccess(options), unused, () => {})
      await register(environment, { email, password })
    },
  }
}
