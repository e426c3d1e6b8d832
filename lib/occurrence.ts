import { CustomResource, Duration } from 'aws-cdk-lib'
import { type CfnFunction, EventInvokeConfig, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct, type IConstruct } from 'constructs'
import { createFunction } from './functions.ts'
import type { Parts } from './parts.ts'
import { permissions } from './permissions.ts'

/** Makes the tasks of schedules; at each deployment of other code, also the schedules that are declared beside the tasks. */
export class Occurrence extends Construct {
  readonly function: LambdaFunction

  /** @param before what has to be deployed before the schedules are made */
  constructor(scope: Construct, id: string, parts: Parts, before: readonly IConstruct[]) {
    super(scope, id)
    const { schedules, queues, settings } = parts
    this.function = createFunction(this, parts, {
      name: 'occurrence',
      description: 'Makes the tasks of schedules that are due.',
      permissions: permissions.occurrence(parts),
      environment: schedules.environment,
    })
    // Timers call it and do not wait, so that it is Lambda that tries again: twice, within minutes.
    new EventInvokeConfig(this, 'Calls', {
      function: this.function,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: queues.lostFires.queueArn }) },
    })
    const declared = new CustomResource(this, 'Declared', {
      resourceType: 'Custom::PulseSchedules',
      serviceToken: this.function.functionArn,
      // Somebody has to say that it went wrong when nobody answers: CloudFormation would wait for an hour.
      serviceTimeout: Duration.minutes(15),
      // It is called again when one of these is another one.
      properties: { code: codeKeyOf(this.function), environment: settings.handlerEnvironment },
    })
    // Tasks must not be made before the workers know their handlers; and what reconcile declares is to be the same.
    declared.node.addDependency(schedules, ...before)
  }
}

/** Where its code lies, which is named after its contents. */
function codeKeyOf({ node }: LambdaFunction): unknown {
  const { code } = node.defaultChild as CfnFunction // what a Function is made of
  return (code as CfnFunction.CodeProperty).s3Key // of an asset
}
