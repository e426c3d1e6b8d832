import { ACCOUNT, REGION } from '../../scripts/stack/ministack.ts'
import { askIam, texts } from './people.ts'
import type { Stage } from './stage.ts'

/** Permissions of AWS, and what the emulator asks for besides. AWS knows none for batches of messages: who may send one may send ten. */
const ASKED_BESIDES: Readonly<Record<string, string>> = {
  'sqs:SendMessage': 'sqs:SendMessageBatch',
  'sqs:DeleteMessage': 'sqs:DeleteMessageBatch',
  'sqs:ChangeMessageVisibility': 'sqs:ChangeMessageVisibilityBatch',
  'lambda:GetEventSourceMapping': 'lambda:ListEventSourceMappings',
}

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}

/**
 * Grants what the emulator asks for where AWS would not, and nothing else, on the same resources: so that a permission that the stacks do
 * not grant is still missing.
 */
export async function grantWhatEmulatorAsks(stage: Stage): Promise<void> {
  const roles = texts(await askIam(stage, 'ListRoles', {}), 'RoleName')
  for (const RoleName of roles.filter(name => name.startsWith(`Pulse-${stage.name}-`))) {
    for (const PolicyName of texts(await askIam(stage, 'ListRolePolicies', { RoleName }), 'member')) {
      const [text = ''] = texts(await askIam(stage, 'GetRolePolicy', { RoleName, PolicyName }), 'PolicyDocument')
      const document = JSON.parse(decodeURIComponent(text))
      const PolicyDocument = JSON.stringify({ ...document, Statement: document.Statement.map(asked) })
      await askIam(stage, 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument })
    }
  }
}

function asked(statement: Statement): Statement {
  const actions = [statement.Action].flat()
  const resources = [statement.Resource].flat().map(named)
  return {
    ...statement,
    Action: [...actions, ...actions.flatMap(action => ASKED_BESIDES[action] ?? [])],
    // Whatever group a schedule is to be in, it is taken for one of the default group.
    Resource: [...resources, ...resources.map(arn => arn.replace(/:schedule\/[^/]+\//, ':schedule/default/'))],
  }
}

/** To a template, the emulator tells a secret's name where AWS tells its ARN. */
function named(resource: string): string {
  const isName = !resource.startsWith('arn:') && resource !== '*'
  return isName ? `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${resource}-*` : resource
}
