/** Where and when the prices below hold. Look them up again before the budget is changed. */
export const priceList = { region: 'us-east-1 (N. Virginia)', asOf: 'November 2026' } as const

interface Price {
  readonly what: string
  /** US dollars for `per` of them, behind the free tier and before any volume discount. */
  readonly usd: number
  readonly per: number
  /** What one of them is, where the name does not tell. */
  readonly unit: string
}

export const MILLION = 1_000_000

/** What is billed for each thing that is done. */
export const prices = {
  writeUnits: {
    what: 'DynamoDB write request units, on demand',
    usd: 0.625,
    per: MILLION,
    unit: 'each KB begun of the larger of the item before and after; each index entry that is written or removed besides',
  },
  readUnits: {
    what: 'DynamoDB read request units, on demand',
    usd: 0.125,
    per: MILLION,
    unit: 'each 4 KB begun, read consistently; half of it otherwise',
  },
  sqsRequests: {
    what: 'SQS requests, standard queues',
    usd: 0.4,
    per: MILLION,
    unit: 'each call, of up to 10 messages and for each 64 KB begun',
  },
  fairRequests: {
    what: 'SQS fair queues, on top',
    usd: 0.1,
    per: MILLION,
    unit: 'each of these requests about messages with a group; taken for all of them, which is the most that it can be',
  },
  lambdaRequests: { what: 'Lambda requests', usd: 0.2, per: MILLION, unit: 'each invocation' },
  gigabyteSeconds: {
    what: 'Lambda GB-seconds, arm64',
    usd: 0.0000133334,
    per: 1,
    unit: 'memory × time; the time is assumed, see below',
  },
  httpRequests: {
    what: 'API Gateway requests, HTTP API',
    usd: 1,
    per: MILLION,
    unit: 'each request, for each 512 KB begun',
  },
  timers: {
    what: 'EventBridge Scheduler invocations',
    usd: 1,
    per: MILLION,
    unit: 'each timer that fires: of a delay of more than 15 minutes, of the end of a pause, of an occurrence of a schedule',
  },
  metricReads: { what: 'CloudWatch metrics that are read', usd: 0.01, per: 1_000, unit: 'each' },
  secretCalls: {
    what: 'Secrets Manager calls',
    usd: 0.05,
    per: 10_000,
    unit: 'each; a process reads the secret of accounts once in five minutes of work',
  },
  logGigabytes: { what: 'CloudWatch Logs, taken in', usd: 0.5, per: 1, unit: 'GB' },
} as const satisfies Record<string, Price>

/** What is billed for being there, by the month. */
export const monthlyPrices = {
  alarms: { what: 'CloudWatch alarms', usd: 0.1, per: 1, unit: 'each metric of each, of standard resolution' },
  dashboards: { what: 'CloudWatch dashboards', usd: 3, per: 1, unit: 'each; three of an account are free' },
  secrets: { what: 'Secrets Manager secrets', usd: 0.4, per: 1, unit: 'each; none without accounts' },
  metrics: { what: 'CloudWatch custom metrics', usd: 0.3, per: 1, unit: 'each, in months in which it is written' },
  storedGigabytes: { what: 'DynamoDB storage', usd: 0.25, per: 1, unit: 'GB; 25 GB of an account are free' },
  backupGigabytes: { what: 'DynamoDB point-in-time recovery', usd: 0.2, per: 1, unit: 'GB; not in stages named dev' },
} as const satisfies Record<string, Price>

export type Billable = keyof typeof prices

/** How much of each was used. */
export type Usage = Readonly<Record<Billable, number>>

export const billables = Object.keys(prices) as readonly Billable[] // the keys of a constant object

/** So much of these, and nothing of the others. */
export function used(some: Readonly<Partial<Record<Billable, number>>>): Usage {
  return usageOf(billable => some[billable] ?? 0)
}

export function add(one: Usage, other: Usage): Usage {
  return usageOf(billable => one[billable] + other[billable])
}

export function times(usage: Usage, factor: number): Usage {
  return usageOf(billable => usage[billable] * factor)
}

function usageOf(amount: (billable: Billable) => number): Usage {
  // One entry for each of the keys.
  return Object.fromEntries(billables.map(billable => [billable, amount(billable)])) as unknown as Usage
}

/** In US dollars. */
export function costOf(usage: Usage, only: readonly Billable[] = billables): number {
  return only.reduce((sum, billable) => sum + (usage[billable] * prices[billable].usd) / prices[billable].per, 0)
}
