import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { PulseStack } from '../../lib/pulse-stack.ts'
import type { PulseQueueProps } from '../../lib/settings.ts'
import { monthlyPrices, prices } from './prices.ts'

/** What is there, and costs something, while nothing happens. */
export interface Rest {
  /** Mappings from a queue that have a limit of their own, and that have none. */
  readonly limitedMappings: number
  readonly freeMappings: number
  readonly alarms: number
  readonly dashboards: number
  /** Of accounts. */
  readonly secrets: number
}

/**
 * So many pollers ask an idle queue. Lambda would do with two when there is little to do, but not for a mapping with a limit:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export const pollers = { limited: 5, free: 2 } as const
/** How long a poller waits for messages. */
export const POLL_SECONDS = 20
const MONTH_SECONDS = 730 * 3_600

/** What an account has for nothing in each month, for ever. */
export const freeEachMonth = { sqsRequests: 1_000_000, alarms: 10, dashboards: 3 } as const

/** As the stack of a stage declares it, with accounts unless it is told otherwise. */
export function countRest(settings: PulseQueueProps = {}): Rest {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  const template = Template.fromStack(new PulseStack(app, { stage: 'prod', ...settings }))
  const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))
  const ofQueues = mappings.filter(({ Properties }) => !('StartingPosition' in Properties))
  const limited = ofQueues.filter(({ Properties }) => Properties.ScalingConfig?.MaximumConcurrency !== undefined)
  return {
    limitedMappings: limited.length,
    freeMappings: ofQueues.length - limited.length,
    alarms: count(template, 'AWS::CloudWatch::Alarm'),
    dashboards: count(template, 'AWS::CloudWatch::Dashboard'),
    secrets: count(template, 'AWS::SecretsManager::Secret'),
  }
}

export interface MonthlyCost {
  readonly what: string
  readonly count: number
  readonly dollars: number
  /** In an account that has nothing else. */
  readonly dollarsBeyondFree: number
}

export function monthlyCosts({
  limitedMappings,
  freeMappings,
  alarms,
  dashboards,
  secrets,
}: Rest): readonly MonthlyCost[] {
  const asking = limitedMappings * pollers.limited + freeMappings * pollers.free
  const line = (what: string, count: number, free: number, { usd, per }: { usd: number; per: number }) => ({
    what,
    count,
    dollars: (count * usd) / per,
    dollarsBeyondFree: (Math.max(0, count - free) * usd) / per,
  })
  const requests = (asking * MONTH_SECONDS) / POLL_SECONDS
  return [
    line('SQS requests of idle pollers', requests, freeEachMonth.sqsRequests, prices.sqsRequests),
    line('alarms', alarms, freeEachMonth.alarms, monthlyPrices.alarms),
    line('dashboards', dashboards, freeEachMonth.dashboards, monthlyPrices.dashboards),
    line('secrets', secrets, 0, monthlyPrices.secrets),
  ]
}

function count(template: Template, type: string): number {
  return Object.keys(template.findResources(type)).length
}
