import { awsCall } from './aws-call.ts'
import type { Credentials } from './sign.ts'
import type { Stage } from './stage.ts'

type Parameters = Readonly<Record<string, string>>

/** A person with a key, who may do what the policy says and nothing else. */
export async function createUser(stage: Stage, name: string, statements: readonly object[]): Promise<Credentials> {
  const ask = (action: string, parameters: Parameters) => askIam(stage, action, { UserName: name, ...parameters })
  await ask('CreateUser', {})
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await ask('PutUserPolicy', { PolicyName: 'only', PolicyDocument: document })
  const key = await ask('CreateAccessKey', {})
  const [accessKeyId = ''] = texts(key, 'AccessKeyId')
  const [secretAccessKey = ''] = texts(key, 'SecretAccessKey')
  return { accessKeyId, secretAccessKey }
}

/** One call of IAM, as the owner of the account. */
export function askIam(stage: Stage, action: string, parameters: Parameters): Promise<string> {
  return awsCall(stage, 'iam', { action, version: '2010-05-08', parameters })
}

/** What stands in each element of that name. */
export function texts(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]+)`, 'g'))].map(([, text = '']) => text)
}
