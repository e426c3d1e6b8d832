import type { DeadLetterFilter, ListOptions, TaskFilter } from './options.ts'
import { instantText } from './submit-body.ts'

export function pageQuery({ pageSize }: ListOptions): URLSearchParams {
  return query({ limit: pageSize })
}

export function listQuery(filter: TaskFilter): URLSearchParams {
  const { state, name, tag, priority, createdAfter, createdBefore, pageSize } = filter
  return query({
    state: typeof state === 'string' || state === undefined ? state : state.join(','),
    name,
    tag,
    priority,
    createdAfter: instantText(createdAfter),
    createdBefore: instantText(createdBefore),
    limit: pageSize,
  })
}

export function deadLetterQuery({ name, fingerprint, pageSize }: DeadLetterFilter): URLSearchParams {
  return query({ name, fingerprint, limit: pageSize })
}

function query(fields: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const present = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) present.set(name, String(value))
  return present
}
