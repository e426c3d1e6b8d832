import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { stagePrefix, variables } from '../shared/aws/names.ts'
import { createFunction } from './functions.ts'
import type { Mappings, Parts } from './parts.ts'
import { permissions } from './permissions.ts'
import { minutesOf } from './settings.ts'

/** Looks for tasks whose hint was lost, now and then. */
export class Reconcile extends Construct {
  readonly function: LambdaFunction
  readonly every: Duration

  constructor(scope: Construct, id: string, parts: Parts, mappings: Mappings) {
    super(scope, id)
    const { stage, reconcileEvery } = parts.settings
    this.every = Duration.minutes(minutesOf(reconcileEvery))
    this.function = createFunction(this, parts, {
      name: 'reconcile',
      description: 'Sees to tasks and schedules that are overdue, and removes what tasks have left behind.',
      permissions: permissions.reconcile(parts, mappings),
      environment: { [variables.mappings]: mappings.ids, ...parts.schedules.environment },
      // A pass over a large table is a chain of calls of itself.
      recursiveLoop: RecursiveLoop.ALLOW,
    })
    new Rule(this, 'Rule', {
      ruleName: `${stagePrefix(stage)}-reconcile`,
      description: `Searches the tasks table every ${reconcileEvery}.`,
      schedule: Schedule.rate(this.every),
      targets: [new LambdaTarget(this.function)],
    })
  }
}
