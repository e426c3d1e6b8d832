import { Duration, Stack } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { type ScheduleTimerPlaces, scheduleGroup, variables } from '../shared/aws/names.ts'
import { functionArn } from './arns.ts'
import type { Queues } from './queues.ts'
import type { Settings } from './settings.ts'

/** Where the timers of schedules live, which fire again and again. They go with their group. */
export class Schedules extends Construct {
  /** What the timers act as. */
  readonly role: Role
  /** What functions are told that work on schedules. */
  readonly environment: Readonly<Record<string, string>>
  readonly #group: string

  constructor(scope: Construct, id: string, settings: Settings, queues: Queues) {
    super(scope, id)
    const { account } = Stack.of(this)
    const occurrenceArn = functionArn(this, settings, 'occurrence')
    this.#group = scheduleGroup(settings.stage)
    const group = new CfnScheduleGroup(this, 'Group', { name: this.#group })
    this.role = new Role(this, 'Role', {
      description: 'Has schedules looked at when they are due.',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Nobody else's timers may act as this role.
        conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group.attrArn } },
      }),
    })
    this.role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [occurrenceArn] }))
    this.role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queues.lostFires.queueArn] }))
    const places: ScheduleTimerPlaces = {
      group: this.#group,
      roleArn: this.role.roleArn,
      occurrenceArn,
      lostFiresArn: queues.lostFires.queueArn,
    }
    this.environment = { [variables.scheduleTimers]: Stack.of(this).toJsonString(places) }
  }

  /** ARN of all timers of the group. */
  get timers(): string {
    return Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${this.#group}/*` })
  }

  /** One of those that the service counts anyway. */
  metric(metricName: string): Metric {
    return new Metric({
      namespace: 'AWS/Scheduler',
      metricName,
      dimensionsMap: { ScheduleGroup: this.#group },
      statistic: Stats.SUM,
      period: Duration.minutes(1),
    })
  }
}
