import { assumed } from '../../test/cost/assumptions.ts'
import type { Backlog, Figures, Life, LifeName } from '../../test/cost/figures.ts'
import { type Billable, billables, costOf, MILLION, monthlyPrices, priceList, prices } from '../../test/cost/prices.ts'
import { freeEachMonth, monthlyCosts, POLL_SECONDS, pollers } from '../../test/cost/rest.ts'

interface Budget {
  readonly writeUnitsPerTask: number
  readonly sendsPerTaskSubmittedSingly: number
  readonly sendsPerTaskInBatches: number
  readonly bytesOfRow: number
  readonly dollarsPerMillionTasks: Readonly<Record<LifeName, number>>
}

/** The whole of docs/cost.md. */
export function costPage(figures: Figures, budget: Budget): string {
  return `# What it costs

Written by \`npm run cost\`, which has the real functions do all of this on an emulator of AWS, with a meter between the AWS SDK
and AWS that counts what each call is billed for (\`test/cost/\`). \`npm run test:cost\` does the same, and fails when a figure exceeds
its budget (\`test/cost/budget.json\`) or is not the one on this page. Prices are those of ${priceList.region}, as known in
${priceList.asOf}, behind the free tiers and without discounts: look them up before you rely on them.

## A million tasks

In US dollars. A task has 1 KB of JSON as its payload, which compresses to 600 bytes; its handler does nothing: what is counted is
what Pulse does around it.

${table(['tasks that are', 'submit', 'run', 'counters', 'together', 'budget'], lives(figures, budget))}

- *In batches*: \`POST /api/v1/tasks/batch\` with 100 tasks.
- *Incompressible*: 1 KB of random text, so that the row needs two write units instead of one.
- *Now and then*: so rarely that a worker gets each hint alone, and the counters each change. A queue that is busy hands ten hints to
  a worker at a time, and hundreds of changes to the counters; here 100 changes are taken.

| what must hold | budget | measured |
|---|---|---|
| write units per task | ${budget.writeUnitsPerTask} | ${count(writesOf(figures.lives.singly))} |
| calls that send hints, per task submitted singly | ${budget.sendsPerTaskSubmittedSingly} | ${count(sendsOf(figures.lives.singly))} |
| calls that send hints, per task in a batch | ${budget.sendsPerTaskInBatches} | ${count(sendsOf(figures.lives.inBatches))} |
| bytes of the row, at its largest | ${budget.bytesOfRow} | ${largest(figures.lives.singly)} |

Where the money goes, per million tasks:

${table(['', ...details.map(([name]) => name)], spending(figures))}

## One step at a time

Per million, with the payload above. An attempt is claim and end; of ten hints at a time.

${table(
  ['an attempt', ...columns],
  [
    row('that succeeds', figures.attempts.succeeds),
    row('that fails and is tried again', figures.attempts.isRetried),
    row('that was the last: the task is dead', figures.attempts.isTheLast),
  ],
)}

${table(
  ['a call', ...columns],
  Object.entries(figures.calls).map(([name, counted]) => row(name, counted)),
)}

Errors are kept on the row, so that it may need a second write unit. A payload or result of more than 1 KB lies beside the row, one
write unit for each KB that is left of it when it is compressed.

## Schedules

An occurrence is looked at by one call of a timer: what becomes of it is decided, its task stored with its hint, and that noted. The
task then runs as every other does. A schedule that holds the payload above is two write units long.

${table(
  ['a step', ...columns],
  [
    row('Make a schedule', figures.schedules.create),
    row('An occurrence, until its task is stored', figures.schedules.occurrence),
    row('A fire that finds nothing due', figures.schedules.idleFire),
    row('Remove a schedule', figures.schedules.remove),
  ],
)}

The occurrence of a schedule that a user made reads one unit more: whether the account is disabled.

A pace that is no whole number of minutes fires each minute, whatever it is; the occurrences of that minute are decided together. At rest a
schedule costs nothing.

## Accounts

What a caller costs on top of the above, per million, once the process knows who calls (it asks again after 30 s, by reading
the user with the session or key): one write for each limit that the request is charged to, where \`apiAuth\` is \`accounts\`.

${table(
  ['a request', ...accountColumns],
  [
    accountRow('with an access token', figures.accounts.onTop.withToken),
    accountRow('with an API key, which has a limit of its own', figures.accounts.onTop.withKey),
  ],
)}

An hourly limit of 0 is no limit and costs nothing. Calls that are about accounts themselves, whole, per million:

${table(
  ['a call', ...accountColumns],
  [
    accountRow('Log in', figures.accounts.calls.logIn),
    accountRow('Exchange a refresh token', figures.accounts.calls.refresh),
  ],
)}

A login is charged to the limit of its address, and to three that slow down guessing, which are given back when the password is right;
it begins a session; and the audit log is told, as it is of all that changes accounts, keys, roles and pauses. One write each time.

## A backlog

The same drive behind ${list(figures.backlogs.map(({ waiting }) => thousands(waiting)))} tasks that wait, per million:

${table(['tasks that wait', 'submit singly', 'submit in batches', 'run', 'a list of 50'], figures.backlogs.map(backlog))}

Nothing here depends on how many tasks wait. A submit puts one row and two index entries; a claim finds its row by the id in the hint;
no index is keyed by state, so that nothing moves when a task changes; lists read one page of an index in order; counters add up
portions of the change stream. SQS takes as much for a message that is the first as for one that is the millionth. What grows with the
number of rows is storage, and a pass of reconcile: ${money(MILLION * costOf(figures.reconcile.usage))} for a million rows, once a day.

## At rest

What a stage costs in a month in which nothing happens:

${table(['', 'so many', 'dollars', 'beyond the free tier'], resting(figures))}

Lambda asks every queue for messages all the time: ${pollers.limited} pollers for each of ${figures.rest.limitedMappings} mappings with a
limit, ${pollers.free} for each of ${figures.rest.freeMappings} without one, for ${POLL_SECONDS} s at a time
([source](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)). Without accounts there are no secret and one alarm
less: ${money(restSum(figures.restWithoutAccounts))} beyond the free tier. The free tier is what an account that has nothing
else is given in each month: ${freeTier()}. Rows take ${money(monthlyPrices.storedGigabytes.usd)} per GB, and as long as they are kept for
a week a million tasks a month take 0.3 GB; backups of stages that are not named dev take ${money(monthlyPrices.backupGigabytes.usd)} per
GB.

## Prices

${table(['', 'dollars', 'for', 'one is'], priceRows())}

## What is assumed, and what is left out

- The time that functions take, because nothing here is Lambda: ${assumed.baseMs} ms for an invocation and ${assumed.callMs} ms for each
  call that it makes to AWS, at ${assumed.memoryMegabytes} MB. A call takes about 1 ms of a processor, of which that much memory buys
  0.3. Hashing the password of a login takes ${assumed.hashMs} ms of it. Compare all this with the duration that CloudWatch shows for
  your functions; your handlers' time comes on top.
- What Lambda's pollers do with a batch of hints: one call to receive it, one to delete it. Reading a stream is free for Lambda.
- That a call about messages with a group costs the fair queues' price on top, whatever the call: the most that it can mean.
- The gateway's log: a line for each request, ${accessLogBytes(figures)} bytes. Functions log warnings only.
- Left out: data that leaves AWS (100 GB a month are free), starts of functions, retries after errors of AWS, heartbeats of tasks that
  run for longer than 10 s (one write unit each), progress and log lines of handlers.
- A REST API instead of the HTTP API costs 3.50 dollars for a million requests.
`
}

type Counted = Life['submit']

function lives({ lives }: Figures, budget: Budget): string[][] {
  return (Object.keys(lifeNames) as LifeName[]).map(name => {
    const parts = [lives[name].submit, lives[name].run, lives[name].counters].map(
      ({ usage }) => MILLION * costOf(usage),
    )
    const sum = parts.reduce((total, part) => total + part, 0)
    return [lifeNames[name], ...[...parts, sum, budget.dollarsPerMillionTasks[name]].map(money)]
  })
}

const lifeNames: Readonly<Record<LifeName, string>> = {
  singly: 'submitted singly',
  inBatches: 'submitted in batches',
  randomSingly: 'incompressible, submitted singly',
  randomInBatches: 'incompressible, in batches',
  nowAndThen: 'submitted singly, now and then',
}

/** What is shown of each life, and as what. */
const details: readonly (readonly [name: string, billables: readonly Billable[]])[] = [
  ['writes', ['writeUnits']],
  ['reads', ['readUnits']],
  ['SQS', ['sqsRequests', 'fairRequests']],
  ['Lambda', ['lambdaRequests', 'gigabyteSeconds']],
  ['gateway', ['httpRequests']],
  ['its log', ['logGigabytes']],
]

function spending({ lives }: Figures): string[][] {
  return (Object.keys(lifeNames) as LifeName[]).map(name => {
    const parts = Object.values(lives[name]) as Counted[] // submit, run, counters
    const dollars = (only: readonly Billable[]) =>
      parts.reduce((sum, { usage }) => sum + MILLION * costOf(usage, only), 0)
    return [lifeNames[name], ...details.map(([, only]) => money(dollars(only)))]
  })
}

const columns = ['write units', 'read units', 'SQS requests', 'invocations', 'dollars per million']

function row(name: string, { usage }: Counted): string[] {
  const { writeUnits, readUnits, sqsRequests, lambdaRequests } = usage
  return [name, ...[writeUnits, readUnits, sqsRequests, lambdaRequests].map(count), money(MILLION * costOf(usage))]
}

function backlog({ waiting, submit, submitInBatches, run, list }: Backlog): string[] {
  return [
    thousands(waiting),
    ...[submit, submitInBatches, run, list].map(({ usage }) => money(MILLION * costOf(usage))),
  ]
}

const accountColumns = ['write units', 'read units', 'dollars per million']

function accountRow(name: string, { usage }: Counted): string[] {
  return [name, count(usage.writeUnits), count(usage.readUnits), money(MILLION * costOf(usage))]
}

function restSum(rest: Figures['rest']): number {
  return monthlyCosts(rest).reduce((total, { dollarsBeyondFree }) => total + dollarsBeyondFree, 0)
}

function resting({ rest }: Figures): string[][] {
  const costs = monthlyCosts(rest)
  const sum = (of: 'dollars' | 'dollarsBeyondFree') => money(costs.reduce((total, cost) => total + cost[of], 0))
  return [
    ...costs.map(cost => [cost.what, thousands(cost.count), money(cost.dollars), money(cost.dollarsBeyondFree)]),
    ['together', '', sum('dollars'), sum('dollarsBeyondFree')],
  ]
}

function freeTier(): string {
  const { sqsRequests, alarms, dashboards } = freeEachMonth
  return `${thousands(sqsRequests)} SQS requests, ${alarms} alarms and ${dashboards} dashboards`
}

function priceRows(): string[][] {
  const all = [...billables.map(billable => prices[billable]), ...Object.values(monthlyPrices)]
  return all.map(({ what, usd, per, unit }) => [what, String(usd), per === 1 ? '1' : thousands(per), unit])
}

const GIGABYTE = 1_073_741_824

function accessLogBytes({ lives }: Figures): number {
  return Math.round(lives.singly.submit.usage.logGigabytes * GIGABYTE)
}

function writesOf({ submit, run }: Life): number {
  return submit.usage.writeUnits + run.usage.writeUnits
}

function sendsOf({ submit }: Life): number {
  return submit.calls['sqs SendMessageBatch'] ?? Number.NaN
}

function largest({ submit, run }: Life): string {
  return thousands(Math.max(submit.largestItem, run.largestItem))
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function money(dollars: number): string {
  return dollars.toFixed(2)
}

function count(value: number): string {
  return String(Math.round(value * 100) / 100)
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function list(words: readonly string[]): string {
  return words.join(' and ')
}
