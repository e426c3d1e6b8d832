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

/**
 * AWS knows no permission for batches of messages: who may send one may send ten. The emulator wants one of its own, so each statement of
 * the stage's roles that grants the single call is given the call for batches of the same queues.
 */
export async function grantBatches(stage: Stage): Promise<void> {
  const roles = texts(await askIam(stage, 'ListRoles', {}), 'RoleName')
  for (const RoleName of roles.filter(name => name.startsWith(`Pulse-${stage.name}-`))) {
    const policies = texts(await askIam(stage, 'ListRolePolicies', { RoleName }), 'member')
    for (const PolicyName of policies) {
      const answer = await askIam(stage, 'GetRolePolicy', { RoleName, PolicyName })
      const document = decodeURIComponent(texts(answer, 'PolicyDocument')[0] ?? '')
      const PolicyDocument = document.replace(
        /"(sqs:(?:SendMessage|DeleteMessage|ChangeMessageVisibility))"(?!:)/g,
        '["$1","$1Batch"]',
      )
      await askIam(stage, 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument: flat(PolicyDocument) })
    }
  }
}

/** Lists of actions that hold lists. */
function flat(document: string): string {
  return JSON.stringify(JSON.parse(document), (key, value) => (key === 'Action' ? [value].flat(2) : value))
}

function askIam(stage: Stage, action: string, parameters: Parameters): Promise<string> {
  return awsCall(stage, 'iam', { action, version: '2010-05-08', parameters })
}

function texts(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]+)`, 'g'))].map(([, text = '']) => text)
}
