import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Clock } from '../ports/clock.ts'
import type { MasterSecret } from '../ports/master-secret.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'

const LEAST_BYTES = 32
type VersionStage = 'AWSCURRENT' | 'AWSPREVIOUS'

/** The secret of accounts in AWS Secrets Manager: a random text, of which the bytes count. Secrets Manager itself keeps the one before. */
export function createMasterSecret(secrets: SecretsManagerClient, secretArn: string, clock: Clock): MasterSecret {
  async function read(stage: VersionStage, expected?: (error: unknown) => boolean): Promise<Uint8Array> {
    const get = new GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage })
    const { SecretString = '' } = await call(clock, CALL_DEADLINE_MS, on => secrets.send(get, on), expected)
    return new TextEncoder().encode(SecretString)
  }

  /** There is none before the first rotation; and one that somebody has put there by hand, and is none, is no reason to let nobody in. */
  async function before(): Promise<readonly Uint8Array[]> {
    const found = await read('AWSPREVIOUS', isAbsent).catch(error => {
      if (isAbsent(error)) return undefined
      throw error
    })
    return found && found.length >= LEAST_BYTES ? [found] : []
  }

  return {
    async read() {
      const [current, previous] = await Promise.all([read('AWSCURRENT'), before()])
      if (current.length < LEAST_BYTES)
        throw new Error(`the secret of accounts has less than ${LEAST_BYTES} bytes: rotate the signing keys`)
      return [current, ...previous]
    },
    async replace(next) {
      const put = new PutSecretValueCommand({
        SecretId: secretArn,
        SecretString: Buffer.from(next).toString('base64url'),
      })
      await call(clock, CALL_DEADLINE_MS, on => secrets.send(put, on))
    },
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof ResourceNotFoundException
}
