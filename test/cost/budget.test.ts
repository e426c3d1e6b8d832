import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { costPage } from '../../scripts/docs/cost.ts'
import budget from './budget.json' with { type: 'json' }
import { measure } from './drive.ts'
import type { Figures, Life } from './figures.ts'
import { costOf, MILLION } from './prices.ts'
import { monthlyCosts } from './rest.ts'

const objections: string[] = []
let figures: Figures
beforeAll(async () => {
  figures = await measured()
}, 600_000)

/** A machine that stalls for longer than a call may take has it refused: then all is measured anew. */
async function measured(tries = 3): Promise<Figures> {
  objections.length = 0
  try {
    return await measure(objections)
  } catch (error) {
    if (tries <= 1) throw error
    return measured(tries - 1)
  }
}

const dollars = ({ usage }: { usage: Parameters<typeof costOf>[0] }) => MILLION * costOf(usage)
const whole = (life: Life) => dollars(life.submit) + dollars(life.run) + dollars(life.counters)
const writes = ({ submit, run }: Life) => submit.usage.writeUnits + run.usage.writeUnits
const sends = ({ submit }: Life) => submit.calls['sqs SendMessageBatch']

test('the meter counts writes as the emulator does, and knew every call', () => {
  expect(objections).toEqual([])
})

describe('a task on the happy path, with 1 KB of JSON that compresses to 600 bytes', () => {
  test('is written five times: the row by submit, claim and end, and two entries of indexes', () => {
    const { singly, inBatches } = figures.lives
    for (const life of [singly, inBatches]) expect(writes(life)).toBeLessThanOrEqual(budget.writeUnitsPerTask)
  })

  test('has a row that fits into one write unit, all its life', () => {
    const { submit, run } = figures.lives.singly
    for (const { largestItem } of [submit, run]) expect(largestItem).toBeLessThanOrEqual(budget.bytesOfRow)
  })

  test('has its hint sent by one call, which a batch shares among ten', () => {
    expect(sends(figures.lives.singly)).toBeLessThanOrEqual(budget.sendsPerTaskSubmittedSingly)
    expect(sends(figures.lives.inBatches)).toBeLessThanOrEqual(budget.sendsPerTaskInBatches)
  })
})

test('a task whose payload does not compress is written twice as often, its indexes excepted', () => {
  const { randomSingly, randomInBatches } = figures.lives
  for (const life of [randomSingly, randomInBatches])
    expect(writes(life)).toBeLessThanOrEqual(budget.writeUnitsPerIncompressibleTask)
})

describe('in dollars for a million', () => {
  const named = <T extends object>(all: T) => Object.entries(all) as [keyof T & string, number][] // the keys of constant objects

  test.each(named(budget.dollarsPerMillionTasks))('tasks: %s, at most %d', (name, most) => {
    expect(whole(figures.lives[name])).toBeLessThanOrEqual(most)
  })
  test.each(named(budget.dollarsPerMillionAttempts))('attempts: one that %s, at most %d', (name, most) => {
    expect(dollars(figures.attempts[name])).toBeLessThanOrEqual(most)
  })
  test.each(named(budget.dollarsPerMillionCalls))('calls: %s, at most %d', (name, most) => {
    const call = figures.calls[name]
    expect(call && dollars(call)).toBeLessThanOrEqual(most)
  })
  test.each(named(budget.dollarsPerMillionRequestsOnTop))(
    'requests of accounts, on top: %s, at most %d',
    (name, most) => {
      expect(dollars(figures.accounts.onTop[name])).toBeLessThanOrEqual(most)
    },
  )
  test.each(named(budget.dollarsPerMillionAccountCalls))('calls about accounts: %s, at most %d', (name, most) => {
    expect(dollars(figures.accounts.calls[name])).toBeLessThanOrEqual(most)
  })
  test.each(named(budget.dollarsPerMillionScheduleSteps))('steps of schedules: %s, at most %d', (name, most) => {
    expect(dollars(figures.schedules[name])).toBeLessThanOrEqual(most)
  })
  test('every figure has its budget', () => {
    expect(Object.keys(budget.dollarsPerMillionScheduleSteps)).toEqual(Object.keys(figures.schedules))
    expect(Object.keys(budget.dollarsPerMillionRequestsOnTop)).toEqual(Object.keys(figures.accounts.onTop))
    expect(Object.keys(budget.dollarsPerMillionAccountCalls)).toEqual(Object.keys(figures.accounts.calls))
    expect(Object.keys(budget.dollarsPerMillionTasks)).toEqual(Object.keys(figures.lives))
    expect(Object.keys(budget.dollarsPerMillionAttempts)).toEqual(Object.keys(figures.attempts))
    expect(Object.keys(budget.dollarsPerMillionCalls)).toEqual(Object.keys(figures.calls))
  })
  test('rows: one pass of reconcile', () => {
    expect(dollars(figures.reconcile)).toBeLessThanOrEqual(budget.dollarsPerReconcileOfAMillionRows)
  })
})

test('a request of an account costs a write for each limit that it is charged to, and reads nothing, once the process knows who calls', () => {
  const { withToken, withKey } = figures.accounts.onTop
  expect([withToken, withKey].map(({ usage }) => [usage.writeUnits, usage.readUnits, usage.secretCalls])).toEqual([
    [1, 0, 0],
    [2, 0, 0],
  ])
})

test('a stage at rest costs no more than its pollers, alarms and secret', () => {
  const sumOf = (rest: Figures['rest']) =>
    monthlyCosts(rest).reduce((sum, { dollarsBeyondFree }) => sum + dollarsBeyondFree, 0)
  expect(sumOf(figures.rest)).toBeLessThanOrEqual(budget.dollarsPerMonthAtRest)
  expect(sumOf(figures.restWithoutAccounts)).toBeLessThanOrEqual(budget.dollarsPerMonthAtRestWithoutAccounts)
})

test('what a task costs does not depend on how many wait', () => {
  const [few, many] = figures.backlogs
  expect(many?.waiting).toBeGreaterThanOrEqual(10 * (few?.waiting ?? 0))
  for (const drive of ['submit', 'submitInBatches', 'run', 'list'] as const)
    expect(many?.[drive].usage, drive).toEqual(few?.[drive].usage)
  expect(few?.submit.usage).toEqual(figures.lives.singly.submit.usage)
})

const PAGE = '../../docs/cost.md'

test('docs/cost.md tells these figures: `npm run cost` writes it', async () => {
  const page = costPage(figures, budget)
  // A machine that stalls parts what would have gone out together: that is no reason to write the page anew.
  if (!tells(await readFile(join(import.meta.dirname, PAGE), 'utf8'), page))
    await expect(page).toMatchFileSnapshot(PAGE)
})

const NUMBER = /\d[\d,]*(?:\.\d+)?/g
const LEEWAY = 0.03

/** Whether a page has the words of another, and about its numbers. */
function tells(page: string, other: string): boolean {
  const [told, counted] = [page, other].map(text =>
    (text.match(NUMBER) ?? []).map(each => Number(each.replaceAll(',', ''))),
  )
  return (
    page.replace(NUMBER, '') === other.replace(NUMBER, '') &&
    (told ?? []).every((number, index) => Math.abs(number - (counted?.[index] ?? 0)) <= Math.max(0.01, LEEWAY * number))
  )
}

test('a page that tells other figures, or other things, is not taken for this one', () => {
  expect(tells('1,000 tasks: 3.87 each', '1,000 tasks: 3.91 each')).toBe(true)
  expect(tells('1,000 tasks: 3.87 each', '1,000 tasks: 4.10 each')).toBe(false)
  expect(tells('1,000 tasks: 3.87 each', '1,000 calls: 3.87 each')).toBe(false)
})
