import { RemovalPolicy } from 'aws-cdk-lib'
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { type AccountSettings, stagePrefix, variables } from '../shared/aws/names.ts'
import { acknowledge } from './acknowledge.ts'
import { createFunction } from './functions.ts'
import type { Parts } from './parts.ts'
import { permissions } from './permissions.ts'
import type { Settings } from './settings.ts'

/** Users, sessions and API keys: the function that serves them, what has it clean up, and the secret that it alone can read. */
export class Accounts extends Construct {
  readonly secret: Secret
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { settings } = parts
    // Made by AWS, so that it is in no template; without a name of its own, as the tables, with which it goes or stays.
    this.secret = new Secret(this, 'Secret', {
      description: 'What Pulse derives the keys of accounts from. Rotate it by POST /api/v1/auth/signing-keys/rotate.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: settings.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    acknowledge(
      this.secret,
      'AwsSolutions-SMG4',
      'It is replaced by a call of an admin, which keeps the keys before good for as long as tokens of theirs are out.',
    )
    this.function = createFunction(this, parts, {
      name: 'auth',
      description: 'Serves accounts: users, sessions, API keys.',
      permissions: permissions.auth(parts, this.secret.secretArn),
      environment: { ...accountVariables(settings), [variables.secretArn]: this.secret.secretArn },
      isApart: true,
    })
    new Rule(this, 'Janitor', {
      ruleName: `${stagePrefix(settings.stage)}-janitor`,
      description: 'Has API keys ended every day that have expired, or that nobody used for long.',
      // In UTC; an embedded server does it at the same time.
      schedule: Schedule.cron({ hour: '2', minute: '30' }),
      targets: [new LambdaTarget(this.function, { event: RuleTargetInput.fromObject({ janitor: 'run' }) })],
    })
  }
}

/** What functions that answer requests are told about who may call. */
export function accountVariables(settings: Settings): Record<string, string> {
  const { apiAuth } = settings
  if (apiAuth !== 'accounts') return { [variables.apiAuth]: apiAuth }
  const accounts: AccountSettings = {
    registration: settings.registration,
    accessTokenMinutes: settings.accessTokenMinutes,
    refreshTokenDays: settings.refreshTokenDays,
    maxFailedAttempts: settings.maxFailedAttempts,
    lockoutSeconds: settings.lockoutSeconds,
    userRateLimitPerHour: settings.userRateLimitPerHour,
    rateLimitPerHour: settings.rateLimitPerHour,
    limitAdmins: settings.limitAdmins,
    unusedKeyDays: settings.unusedKeyDays,
  }
  return { [variables.apiAuth]: apiAuth, [variables.accounts]: JSON.stringify(accounts) }
}
