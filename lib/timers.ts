import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { stagePrefix } from '../shared/aws/names.ts'
import { functionArn } from './arns.ts'
import type { Queues } from './queues.ts'
import type { Settings } from './settings.ts'

/** Where schedules live that fire once, for what is too far ahead for the delay of a message. They go with their group. */
export class Timers extends Construct {
  readonly groupName: string
  /** What the schedules act as. */
  readonly role: Role

  constructor(scope: Construct, id: string, settings: Settings, queues: Queues) {
    super(scope, id)
    const { account } = Stack.of(this)
    this.groupName = stagePrefix(settings.stage)
    const group = new CfnScheduleGroup(this, 'Group', { name: this.groupName })
    this.role = new Role(this, 'Role', {
      description: 'Sends the hints of tasks that waited long, and ends pauses.',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Nobody else's schedules may act as this role.
        conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group.attrArn } },
      }),
    })
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: Object.values(queues.lanes).map(({ queueArn }) => queueArn),
      }),
    )
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [functionArn(this, settings, 'reconcile')],
      }),
    )
  }

  /** ARN of all schedules of the group. */
  get schedules(): string {
    return Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${this.groupName}/*` })
  }
}
