import type { StoredRecord } from '../ports/record-store.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { fireSchedule } from './fire.ts'
import { dueEntry, duePartitions, readSchedule } from './records.ts'
import type { DueReport } from './requests.ts'
import type { Fire } from './schedule.ts'

const PAGE = 50

/** Looks at all schedules that are due. What it costs depends on how many those are, and not on how many there are. */
export async function fireDue(on: SchedulesEnvironment, hasTime: () => boolean): Promise<DueReport> {
  const reports = await Promise.all(duePartitions.map(partition => fireShard(on, partition, hasTime)))
  const next = reports.flatMap(({ nextAt }) => nextAt ?? [])
  return {
    looked: total(reports, 'looked'),
    made: total(reports, 'made'),
    failed: total(reports, 'failed'),
    done: reports.every(({ done }) => done),
    ...(next.length > 0 && { nextAt: Math.min(...next) }),
  }
}

async function fireShard(on: SchedulesEnvironment, partition: string, hasTime: () => boolean): Promise<DueReport> {
  const tally = { looked: 0, made: 0, failed: 0 }
  for (let after: string | undefined; ; ) {
    const page = await on.backend.records.list({ partition, limit: PAGE, ...(after !== undefined && { after }) })
    const until = on.clock.now() + on.lookaheadMs
    const due = page.records.filter(record => dueEntry(record).at <= until)
    const fires = await Promise.all(due.map(record => look(on, record)))
    tally.looked += due.length
    tally.failed += fires.filter(each => each === undefined).length
    tally.made += fires.flatMap(each => each ?? []).filter(({ taskId }) => taskId !== undefined).length
    const ahead = page.records[due.length]
    if (ahead) return { ...tally, done: true, nextAt: dueEntry(ahead).at }
    if (page.next === undefined) return { ...tally, done: true }
    if (!hasTime()) return { ...tally, done: false }
    after = page.next
  }
}

/** One that fails is left for the next time, and does not hold up the others. */
async function look(on: SchedulesEnvironment, record: StoredRecord): Promise<readonly Fire[] | undefined> {
  const { id } = dueEntry(record)
  try {
    const fires = await fireSchedule(on, id)
    // Entries move with their schedules in one write, so one without a schedule cannot be; it would be looked at for ever.
    if (fires.length === 0 && !(await readSchedule(on.backend.records, id)))
      await on.backend.records.write([{ key: record.key, expect: record.version, value: undefined }])
    return fires
  } catch (error) {
    on.emit({ type: 'schedule.failed', schedule: id, error })
    return undefined
  }
}

function total(reports: readonly DueReport[], field: 'looked' | 'made' | 'failed'): number {
  return reports.reduce((sum, report) => sum + report[field], 0)
}
