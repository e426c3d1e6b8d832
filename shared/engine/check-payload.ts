import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyTask, Registry } from '../core/definition.ts'
import { PulseError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'

/** @throws PulseError naming `/name` */
export function findDefinition(registry: Registry, name: string): AnyTask {
  const task = registry.get(name)
  if (task) return task
  const near = suggest(name, registry.keys())
  const detail = `no handler is registered for task name "${name}"${near ? `; did you mean "${near}"?` : ''}`
  throw new PulseError('invalid', detail, { errors: [{ pointer: '/name', detail }] })
}

/**
 * Checks a payload against its task's schema, at submit and again before each run.
 * @returns the value that the handler gets
 * @throws PulseError naming the fields by JSON pointer
 */
export function checkPayload(task: AnyTask, payload: unknown): unknown {
  if (!task.input) return payload
  const result = task.input['~standard'].validate(payload)
  return result instanceof Promise ? result.then(each => accepted(task, each)) : accepted(task, result)
}

function accepted(task: AnyTask, result: StandardSchemaV1.Result<unknown>): unknown {
  if (!result.issues) return result.value
  const errors = result.issues
    .slice(0, 20)
    .map(issue => ({ pointer: `/payload${pointer(issue.path)}`, detail: issue.message }))
  throw new PulseError(
    'invalid',
    `the payload does not fit task "${task.name}": ${errors[0]?.detail ?? 'refused by its schema'}`,
    { errors },
  )
}

/** RFC 6901. */
function pointer(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? [])
    .map(part => String(typeof part === 'object' ? part.key : part))
    .map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}
