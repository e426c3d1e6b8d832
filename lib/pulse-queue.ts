import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { type Grant, Grant as Grants, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { type Lane, metrics as names, type QueueFunctionName } from '../shared/aws/names.ts'
import { Accounts } from './accounts.ts'
import { Api } from './api.ts'
import { Changes } from './changes.ts'
import { Data } from './data.ts'
import { DeadLetter } from './dead-letter.ts'
import { Observability } from './observability.ts'
import { Occurrence } from './occurrence.ts'
import type { Parts } from './parts.ts'
import { pulseMetric } from './pulse-metric.ts'
import { Queues } from './queues.ts'
import { Reconcile } from './reconcile.ts'
import { Schedules } from './schedules.ts'
import { type PulseQueueProps, readSettings, type Settings, SettingsRefused } from './settings.ts'
import { Timers } from './timers.ts'
import { Workers } from './workers.ts'

/**
 * A task queue of one stage: settings in, an address, permissions and metrics out.
 * Two of one stage cannot be in the same account and region.
 */
export class PulseQueue extends Construct {
  readonly settings: Settings
  /** Address of the API, without a slash at its end. */
  readonly url: string
  readonly dashboardName: string
  /** What your tasks act as: grant it what they need. */
  readonly handlers: IGrantable
  readonly functionNames: Readonly<Record<QueueFunctionName, string> & { auth?: string }>
  readonly #queues: Queues
  readonly #api: Api

  /** @throws SettingsRefused */
  constructor(scope: Construct, id: string, props: PulseQueueProps = {}) {
    super(scope, id)
    const settings = readSettings(props)
    const data = new Data(this, 'Data', settings)
    const queues = new Queues(this, 'Queues', settings)
    const timers = new Timers(this, 'Timers', settings, queues)
    const schedules = new Schedules(this, 'Schedules', settings, queues)
    const parts: Parts = { settings, data, queues, timers, schedules }
    const workers = new Workers(this, 'Workers', parts)
    const deadLetter = new DeadLetter(this, 'DeadLetter', parts)
    const reconcile = new Reconcile(this, 'Reconcile', parts, workers.mappings)
    const occurrence = new Occurrence(this, 'Occurrence', parts, [workers.function, reconcile.function])
    const changes = new Changes(this, 'Changes', parts, workers.mappings)
    const accounts = settings.apiAuth === 'accounts' ? new Accounts(this, 'Accounts', parts) : undefined
    const api = new Api(this, 'Api', parts, workers, accounts)
    const watched = { ...parts, workers, deadLetter, occurrence, reconcile, changes, api, accounts }
    const { dashboardName } = new Observability(this, 'Observability', watched)

    this.settings = settings
    this.url = api.gateway.url
    this.dashboardName = dashboardName
    this.handlers = workers.function
    this.functionNames = {
      tasks: api.functions.tasks.functionName,
      schedules: api.functions.schedules.functionName,
      ops: api.functions.ops.functionName,
      ...(accounts && { auth: accounts.function.functionName }),
      worker: workers.function.functionName,
      occurrence: occurrence.function.functionName,
      'dead-letter': deadLetter.function.functionName,
      reconcile: reconcile.function.functionName,
      changes: changes.function.functionName,
    }
    this.#queues = queues
    this.#api = api
  }

  /**
   * Lets somebody submit tasks and look at them, by requests signed as them.
   * @throws SettingsRefused for a stage with accounts, where signatures count for nothing
   */
  grantSubmit(grantee: IGrantable): Grant {
    const path = '/api/v1/tasks'
    return this.#grantRequests(grantee, [
      ['POST', path],
      ['POST', `${path}/`],
      ['POST', `${path}/batch`],
      ['GET', `${path}/*`],
    ])
  }

  /**
   * Lets somebody make all requests: change, cancel and requeue tasks, pause dispatch.
   * @throws SettingsRefused for a stage with accounts
   */
  grantOperate(grantee: IGrantable): Grant {
    return this.#grantRequests(grantee, [['*', '/*']])
  }

  #grantRequests(grantee: IGrantable, requests: readonly (readonly [method: string, path: string])[]): Grant {
    if (this.settings.apiAuth === 'accounts')
      throw new SettingsRefused(
        'with accounts nobody signs requests: give the caller an API key, or set apiAuth to iam',
      )
    return Grants.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: requests.map(([method, path]) => this.#api.gateway.requestArn(method, path)),
    })
  }

  /** Seconds since the oldest hint of a lane was sent. */
  metricOldestHint(lane: Lane, options?: MetricOptions): Metric {
    return this.#queues.lanes[lane].metricApproximateAgeOfOldestMessage(options)
  }

  /** Hints of a lane that wait for a worker. */
  metricWaitingHints(lane: Lane, options?: MetricOptions): Metric {
    return this.#queues.lanes[lane].metricApproximateNumberOfMessagesVisible(options)
  }

  /** Messages that nobody could process and that were put aside. */
  metricQuarantine(options?: MetricOptions): Metric {
    return this.#queues.quarantine.metricApproximateNumberOfMessagesVisible(options)
  }

  /** Requests that the API answered with 5xx. */
  metricServerErrors(options: MetricOptions = {}): Metric {
    return this.#api.gateway.metrics.serverErrors.with(options)
  }

  /** What reconcile had to do. */
  metricRepaired(options: MetricOptions = {}): Metric {
    return pulseMetric(this.settings, names.repaired).with(options)
  }
}
