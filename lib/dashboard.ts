import { Duration } from 'aws-cdk-lib'
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { lanes, metrics as names, stagePrefix } from '../shared/aws/names.ts'
import { pulseMetric } from './pulse-metric.ts'
import type { Watched } from './watched.ts'

const PERIOD = { period: Duration.minutes(1) }

/** What the services count anyway and for nothing, and the few metrics that they cannot know. @returns its name */
export function createDashboard(scope: Construct, watched: Watched, alarms: Alarm[]): string {
  const { settings } = watched
  const dashboardName = stagePrefix(settings.stage)
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName,
    defaultInterval: Duration.hours(3),
    periodOverride: PeriodOverride.INHERIT,
  })
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 4 }))
  dashboard.addWidgets(...queueGraphs(watched))
  dashboard.addWidgets(...workGraphs(watched))
  dashboard.addWidgets(...requestGraphs(watched))
  dashboard.addWidgets(...careGraphs(watched))
  dashboard.addWidgets(...scheduleGraphs(watched))
  return dashboardName
}

function queueGraphs({ queues }: Watched): GraphWidget[] {
  const ofLanes = (metricOf: (lane: (typeof lanes)[number]) => IMetric) => lanes.map(metricOf)
  return [
    graph(
      'Hints that wait',
      ofLanes(lane => queues.lanes[lane].metricApproximateNumberOfMessagesVisible({ ...PERIOD, label: lane })),
    ),
    graph(
      'Oldest hint, seconds',
      ofLanes(lane => queues.lanes[lane].metricApproximateAgeOfOldestMessage({ ...PERIOD, label: lane })),
    ),
    graph('Hints in dead-letter queues and in quarantine', [
      ...ofLanes(lane => queues.deadLetters[lane].metricApproximateNumberOfMessagesVisible({ ...PERIOD, label: lane })),
      queues.quarantine.metricApproximateNumberOfMessagesVisible({ ...PERIOD, label: 'quarantine' }),
    ]),
  ]
}

function workGraphs({ workers, queues }: Watched): GraphWidget[] {
  const worker = workers.function
  return [
    graph('Worker: batches, errors, throttles', [
      worker.metricInvocations(PERIOD),
      worker.metricErrors(PERIOD),
      worker.metricThrottles(PERIOD),
    ]),
    graph('Worker: batches at once', [worker.metric('ConcurrentExecutions', { ...PERIOD, statistic: Stats.MAXIMUM })]),
    graph(
      'Hints that were taken and done with',
      lanes.map(lane => queues.lanes[lane].metricNumberOfMessagesDeleted({ ...PERIOD, label: lane })),
    ),
  ]
}

function requestGraphs({ api, data }: Watched): GraphWidget[] {
  const { requests, clientErrors, serverErrors, latency } = api.gateway.metrics
  const table = (name: string, label: string) => data.tasks.metric(name, { ...PERIOD, statistic: Stats.SUM, label })
  return [
    graph('Requests, refusals, failures', [
      requests.with({ ...PERIOD, label: 'requests' }),
      clientErrors.with({ ...PERIOD, label: '4xx' }),
      serverErrors.with({ ...PERIOD, label: '5xx' }),
    ]),
    graph('Slowest of a hundred requests, ms', [latency.with(PERIOD)]),
    graph('Tasks table: units', [
      table('ConsumedWriteCapacityUnits', 'written'),
      table('ConsumedReadCapacityUnits', 'read'),
      table('WriteThrottleEvents', 'writes throttled'),
      table('ReadThrottleEvents', 'reads throttled'),
    ]),
  ]
}

function careGraphs({ settings, changes, reconcile }: Watched): GraphWidget[] {
  return [
    graph('Counters behind, ms', [changes.function.metric('IteratorAge', { ...PERIOD, statistic: Stats.MAXIMUM })]),
    graph('Reconcile: runs, errors, repairs', [
      reconcile.function.metricInvocations(PERIOD),
      reconcile.function.metricErrors(PERIOD),
      pulseMetric(settings, names.repaired),
    ]),
    graph('Put aside, and of unknown tasks', [
      pulseMetric(settings, names.quarantined),
      pulseMetric(settings, names.unknownTasks),
    ]),
  ]
}

function scheduleGraphs({ schedules, occurrence, queues }: Watched): GraphWidget[] {
  return [
    graph('Timers of schedules: fires, failures, given up', [
      schedules.metric('InvocationAttemptCount'),
      schedules.metric('TargetErrorCount'),
      schedules.metric('InvocationDroppedCount'),
    ]),
    graph('Occurrence: runs, errors', [
      occurrence.function.metricInvocations(PERIOD),
      occurrence.function.metricErrors(PERIOD),
    ]),
    graph('Fires of schedules that were lost', [
      queues.lostFires.metricApproximateNumberOfMessagesVisible({ ...PERIOD, label: 'lost' }),
    ]),
  ]
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, leftYAxis: { min: 0 } })
}
