import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { lanes, metrics as names } from '../shared/aws/names.ts'
import { type AlarmId, alarmDescription, alarmName, oldestHintMinutes } from './alarms.ts'
import { createDashboard } from './dashboard.ts'
import { pulseMetric } from './pulse-metric.ts'
import type { Settings } from './settings.ts'
import type { Watched } from './watched.ts'

type Rule = Pick<AlarmProps, 'threshold'> & Partial<AlarmProps>

const FIVE_MINUTES = Duration.minutes(5)

/** Alarms on single metrics, without arithmetic: each name says what is the matter, each description where to read on. */
export class Observability extends Construct {
  readonly dashboardName: string
  readonly #alarms: Alarm[] = []
  readonly #settings: Settings
  readonly #topic: SnsAction | undefined

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id)
    this.#settings = watched.settings
    const { alarmTopicArn } = watched.settings
    this.#topic =
      alarmTopicArn === undefined ? undefined : new SnsAction(Topic.fromTopicArn(this, 'Topic', alarmTopicArn))
    this.#watchQueues(watched)
    this.#watchFunctions(watched)
    this.#watchReconcile(watched)
    this.#watchTable(watched)
    this.#watchAccounts(watched)
    this.dashboardName = createDashboard(this, watched, this.#alarms)
  }

  #watchQueues({ queues, deadLetter }: Watched): void {
    for (const lane of lanes) {
      const metric = queues.lanes[lane].metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES })
      this.#alarm(`oldest-hint-${lane}`, metric, { threshold: oldestHintMinutes[lane] * 60 })
    }
    // Messages do not stay in a dead-letter queue long enough to be counted there: it is its consumer that sees each of them.
    this.#alarm('dead-letter-queue', deadLetter.function.metricInvocations({ period: FIVE_MINUTES }), { threshold: 1 })
    for (const [id, queue] of [
      ['quarantine', queues.quarantine],
      ['changes-failed', queues.failedChanges],
      ['lost-fires', queues.lostFires],
    ] as const)
      this.#alarm(id, queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }), { threshold: 1 })
  }

  #watchFunctions({ workers, deadLetter, changes, api }: Watched): void {
    const period = { period: FIVE_MINUTES }
    this.#alarm('worker-errors', workers.function.metricErrors(period), { threshold: 1 })
    this.#alarm('worker-throttles', workers.function.metricThrottles(period), { threshold: 1 })
    this.#alarm('dead-letter-errors', deadLetter.function.metricErrors(period), { threshold: 1 })
    this.#alarm('changes-errors', changes.function.metricErrors(period), { threshold: 1 })
    const age = changes.function.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: Duration.minutes(1) })
    this.#alarm('changes-behind', age, { threshold: 60_000, evaluationPeriods: 5 })
    this.#alarm('api-server-errors', api.gateway.metrics.serverErrors.with(period), { threshold: 5 })
  }

  #watchReconcile({ reconcile, settings }: Watched): void {
    const repaired = pulseMetric(settings, names.repaired)
    this.#alarm('reconcile-repaired', repaired, { threshold: 1 })
    this.#alarm('reconcile-errors', reconcile.function.metricErrors({ period: FIVE_MINUTES }), { threshold: 1 })
    // Two in a row, because a period does not begin when the rule fires.
    const period = Duration.minutes(Math.max(5, reconcile.every.toMinutes()))
    this.#alarm('reconcile-absent', reconcile.function.metricInvocations({ period }), {
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    })
  }

  #watchTable({ data }: Watched): void {
    const metric = (name: string) => data.tasks.metric(name, { statistic: Stats.SUM, period: FIVE_MINUTES })
    // A few are what a table that grows answers now and then, and the SDK repeats them.
    this.#alarm('table-writes-throttled', metric('WriteThrottleEvents'), { threshold: 10 })
    this.#alarm('table-reads-throttled', metric('ReadThrottleEvents'), { threshold: 10 })
  }

  #watchAccounts({ accounts, settings }: Watched): void {
    // Each is somebody whose token another has, or had.
    if (accounts) this.#alarm('session-reused', pulseMetric(settings, names.sessionsReused), { threshold: 1 })
  }

  #alarm(id: AlarmId, metric: IMetric, rule: Rule): void {
    const alarm = new Alarm(this, id, {
      alarmName: alarmName(this.#settings.stage, id),
      alarmDescription: alarmDescription(id),
      metric,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Services print most metrics only when there is something to print.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...rule,
    })
    if (this.#topic) {
      alarm.addAlarmAction(this.#topic)
      alarm.addOkAction(this.#topic)
    }
    this.#alarms.push(alarm)
  }
}
