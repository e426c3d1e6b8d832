import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { createMasterSecret } from '../../shared/aws/master-secret.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { systemClock } from '../../shared/runtime/clock.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
let secrets: SecretsManagerClient
let arn: string

beforeAll(() => {
  secrets = new SecretsManagerClient({ endpoint: inject('emulatorUrl'), region: 'us-east-1', credentials })
})
afterAll(() => secrets.destroy())

const first = 'a'.repeat(64)
const bytesOf = (text: string) => new TextEncoder().encode(text)
const put = (SecretString: string) => secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString }))

describe('the secret of accounts in Secrets Manager', () => {
  beforeEach(async () => {
    const { ARN = '' } = await secrets.send(
      new CreateSecretCommand({ Name: `accounts-${crypto.randomUUID()}`, SecretString: first }),
    )
    arn = ARN
    return async () => {
      await secrets.send(new DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true }))
    }
  })

  test('is the text that AWS has made, as bytes, and alone before the first rotation', async () => {
    expect(await createMasterSecret(secrets, arn, systemClock).read()).toEqual([bytesOf(first)])
  })

  test('SEC-11 is replaced by another one, and the one before stays readable behind it', async () => {
    const secret = createMasterSecret(secrets, arn, systemClock)
    const next = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
    await secret.replace(next)
    const [current, previous, ...more] = await secret.read()
    expect(current).toEqual(bytesOf(Buffer.from(next).toString('base64url')))
    expect(previous).toEqual(bytesOf(first))
    expect(more).toEqual([])
    await secret.replace(next.toReversed())
    expect((await secret.read())[1]).toEqual(current)
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }))
    expect(SecretString).toMatch(/^[\w-]{43}$/)
  })

  test('is refused when it is too short to be one; one before it that is too short counts for none', async () => {
    const secret = createMasterSecret(secrets, arn, systemClock)
    await put('x'.repeat(31))
    await expect(secret.read()).rejects.toThrow('the secret of accounts has less than 32 bytes')
    await put('y'.repeat(32))
    expect(await secret.read()).toEqual([bytesOf('y'.repeat(32))])
  })
})

test('SEC-46 a secret that cannot be read is an outage, told without its name', async () => {
  const missing = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:nobody-has-made-it-AbCdEf'
  const reading = createMasterSecret(secrets, missing, systemClock).read()
  await expect(reading).rejects.toThrow(new StoreUnavailable('AWS answered ResourceNotFoundException'))
})
