import { expect, test } from 'vitest'
import { decodeRow } from '../../../shared/aws/row-codec.ts'
import { isTerminal, type TaskRow } from '../../../shared/core/task.ts'
import * as schemas from '../../../shared/http/answer-schemas.ts'
import type { Stats } from '../../helpers/client.ts'
import type { Api } from '../api.ts'
import { eventually } from '../eventually.ts'
import type { Stage } from '../stage.ts'
import { allItems, beginReconcile, type Drive } from './drive.ts'

const TASKS = 1_000

/** One in twenty fails once, one in twenty for good. */
function task(n: number) {
  const failures = n % 20 === 3 ? 1 : n % 20 === 11 ? 9 : 0
  return { name: 'flaky', payload: { failures, n }, maxAttempts: failures === 9 ? 1 : 5 }
}

export function load(drive: Drive): void {
  // Tried again: what the emulator loses when a consumer of the stream fails, AWS would bring again.
  test('P2 P4 P15 of 1,000 tasks, 100 of which fail, none is lost, and the counters equal a recount', {
    retry: 1,
  }, async () => {
    const { api, stage } = drive()
    const counted = async () => [counts(await api.stats()), recount(await rowsOf(stage))] as const
    const isExact = ([counters, exact]: Awaited<ReturnType<typeof counted>>) =>
      JSON.stringify(counters) === JSON.stringify(exact)
    if (!isExact(await counted())) await beginReconcile(stage)
    await eventually(counted, isExact, 120_000)

    const tasks = Array.from({ length: TASKS }, (_, n) => task(n))
    const ids = await submitAll(api, tasks)
    expect(new Set(ids).size).toBe(TASKS)

    const rows = await eventually(
      () => rowsOf(stage),
      found => ids.every(id => isTerminal(found.get(id)?.state ?? 'PENDING')),
      120_000,
    )
    const wrong = tasks.flatMap(({ payload: { failures }, maxAttempts }, n) => {
      const row = rows.get(ids[n] ?? '')
      const [state, least] = failures === 9 ? ['DEAD', 1] : ['COMPLETED', failures + 1]
      // More than it needs, where a busy machine has lost an answer; never more than it may.
      const isRight = row?.state === state && row.attempt >= least && row.attempt <= maxAttempts
      return isRight ? [] : [row]
    })
    expect(wrong).toEqual([])

    await eventually(counted, isExact, 60_000)
  })
}

/** What was not taken in is named, and sent again under the same key, which changes nothing about the others (H15). */
async function submitAll(api: Api, tasks: readonly object[]): Promise<string[]> {
  const key = { 'idempotency-key': `load ${crypto.randomUUID()}` }
  const ask = async () => {
    const answer = await api.post('/api/v1/tasks/batch', { tasks }, key)
    expect(answer.status, answer.text).toBe(200)
    return schemas.batchAnswer.parse(answer.body).items
  }
  const items = await eventually(ask, all => all.every(({ status }) => status === 202), 120_000)
  return items.flatMap(item => ('id' in item ? [item.id] : []))
}

async function rowsOf(stage: Stage): Promise<Map<string, TaskRow>> {
  const items = await allItems(stage)
  return new Map(items.filter(({ sk }) => sk?.S === 'task').map(item => [item.pk?.S ?? '', decodeRow(item)]))
}

function recount(rows: ReadonlyMap<string, TaskRow>): Record<string, number> {
  const totals: Record<string, number> = {}
  for (const { name, state } of rows.values()) totals[`${name} ${state}`] = (totals[`${name} ${state}`] ?? 0) + 1
  return sorted(totals)
}

function counts({ names }: Stats): Record<string, number> {
  const all = names.flatMap(each =>
    Object.entries(each.counts).map(([state, count]) => [`${each.name} ${state}`, count] as const),
  )
  return sorted(Object.fromEntries(all.filter(([, count]) => count !== 0)))
}

function sorted(totals: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1)))
}
