import { inject } from 'vitest'
import { variables } from '../../shared/aws/names.ts'
import { type AwsResources, createClients, createResources } from '../helpers/aws-resources.ts'
import { type AccountStage, openAccounts } from './account-stage.ts'
import { createEventSources } from './event-sources.ts'
import { createFunctions, type Functions } from './functions.ts'
import { type Meter, startMeter } from './meter.ts'
import { createPollers, type Pollers } from './pollers.ts'
import { createRows, type Rows } from './rows.ts'

/** Tables, queues and functions of one stage, with the meter between the functions and AWS. */
export interface Stage extends Functions, Pollers, Rows {
  readonly meter: Meter
  /** The same functions, of a stage with accounts: on the same tables, counted by the same meter. */
  withAccounts(): Promise<AccountStage>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const emulatorUrl = inject('emulatorUrl')
  const clients = createClients()
  const resources = await createResources(clients)
  const eventSources = await createEventSources(clients.sqs, resources.timers.group)
  const meter = await startMeter(emulatorUrl)
  // The functions make their clients by themselves.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: meter.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
  const mappings = JSON.stringify(eventSources.ids)
  const env = { ...environment(resources, meter.url), [variables.mappings]: mappings }
  const functions = createFunctions(meter, env)
  return {
    ...functions,
    ...createPollers(functions, clients, resources, emulatorUrl),
    ...createRows(clients, resources),
    meter,
    withAccounts: () => openAccounts(meter, emulatorUrl, clients, env),
    async close() {
      await meter.close()
      await eventSources.remove()
      await resources.remove()
      clients.destroy()
    },
  }
}

/** What the stacks give to functions. */
function environment({ tasksTable, appTable, queues, timers }: AwsResources, url: string): Record<string, string> {
  // The SDK goes where the address of a queue leads.
  const metered = Object.entries(queues).map(([lane, queue]) => {
    return [lane, { ...queue, url: url + new URL(queue.url).pathname }]
  })
  return {
    [variables.stage]: 'prod',
    [variables.logLevel]: 'silent',
    [variables.tasksTable]: tasksTable,
    [variables.appTable]: appTable,
    [variables.queues]: JSON.stringify(Object.fromEntries(metered)),
    [variables.timerGroup]: timers.group,
    [variables.timerRole]: timers.roleArn,
    [variables.reconcileArn]: timers.reconcileArn,
    [variables.scheduleTimers]: JSON.stringify({
      group: timers.group,
      roleArn: timers.roleArn,
      occurrenceArn: 'arn:aws:lambda:us-east-1:000000000000:function:occurrence',
      lostFiresArn: 'arn:aws:sqs:us-east-1:000000000000:lost-fires',
    }),
    [variables.retentionDays]: '7',
    [variables.apiAuth]: 'none',
  }
}
