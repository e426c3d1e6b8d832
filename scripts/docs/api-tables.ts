import { type ErrorCode, errorCodes } from '../../shared/core/errors.ts'
import { problemCodesOf } from '../../shared/http/openapi.ts'
import { routeList } from '../../shared/http/routes.ts'
import { errorClasses } from '../../shared/sdk/problem-error.ts'

/** Every route, with all that it may answer. */
export function routesTable(): string {
  const rows = routeList.map(route => {
    const refusals = problemCodesOf(route).map(code => errorCodes[code].status)
    const statuses = [...new Set([...Object.keys(route.answers).map(Number), ...refusals])].sort((a, b) => a - b)
    const needs = route.role === 'public' ? '' : `${route.role}, \`${route.scope}\``
    return `| \`${route.method}\` | \`${route.path}\` | ${route.summary} | ${needs} | ${statuses.join(' ')} |`
  })
  return ['| method | path | what it does | role, scope of a key | statuses |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  )
}

/** Every refusal, as each surface shows it. */
export function problemsTable(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, title, exitCode }]) => {
    const className = errorClasses[code as ErrorCode].name // the keys of the table
    return `| \`${code}\` | ${status} | ${title} | \`${className}\` | ${exitCode} |`
  })
  return ['| code | HTTP status | title | class in the client | exit code |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  )
}
