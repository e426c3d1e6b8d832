import type { Backfill, Occurrence, Schedule, ScheduleSummary } from '../sdk/index.ts'

export function schedulesTable(schedules: readonly ScheduleSummary[]): string {
  const rows = schedules.map(({ id, name, state, text, task, nextAt, last }) => [
    id,
    name,
    state,
    text,
    task.name,
    nextAt ?? '-',
    last?.scheduledFor ?? '-',
  ])
  return table(['ID', 'NAME', 'STATE', 'WHEN', 'TASK', 'NEXT', 'LAST'], rows)
}

/** Everything about one schedule, a line for each field. */
export function scheduleDetails(schedule: Schedule): string {
  const { task, next, last, tags, ...fields } = schedule
  const { payload, ...rest } = task
  const lines = {
    ...fields,
    ...(tags && { tags: JSON.stringify(tags) }),
    task: JSON.stringify(rest),
    ...(payload !== undefined && { payload: JSON.stringify(payload) }),
    ...(last && { last: `${last.scheduledFor} ${last.taskId ?? ''}` }),
    next: next.length === 0 ? '-' : next.join(' '),
  }
  return plain(Object.entries(lines).map(([name, value]) => [`${name}:`, String(value)]))
}

export function occurrencesTable(occurrences: readonly Occurrence[]): string {
  const rows = occurrences.map(({ scheduledFor, firedAt, outcome, taskId, count, detail }) => [
    scheduledFor,
    outcome ?? '-',
    taskId ?? '-',
    firedAt ?? '-',
    detail ?? (count === undefined ? '' : `${count} in all`),
  ])
  return table(['SCHEDULED FOR', 'OUTCOME', 'TASK', 'DECIDED AT', ''], rows)
}

export function backfillTable(items: Backfill['items']): string {
  const rows = items.map(({ scheduledFor, outcome, taskId, detail }) => [scheduledFor, outcome, taskId, detail ?? ''])
  return table(['SCHEDULED FOR', 'OUTCOME', 'TASK', ''], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return plain([head, ...rows])
}

function plain(rows: readonly (readonly string[])[]): string {
  const safe = rows.map(row => row.map(printable))
  const widths = (safe[0] ?? []).map((_, column) => Math.max(...safe.map(row => row[column]?.length ?? 0)))
  return safe
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** What somebody else has written must not move the cursor of who reads it. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '�')
}
