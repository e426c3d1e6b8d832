import { expect } from 'vitest'
import type * as z from 'zod'
import { errorCodes } from '../../shared/core/errors.ts'
import { problem } from '../../shared/http/answer-schemas.ts'
import type { HttpResult } from '../../shared/http/event.ts'
import { problemCodesOf } from '../../shared/http/openapi.ts'
import type { Route } from '../../shared/http/route.ts'
import { routeList } from '../../shared/http/routes.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly cookies: readonly string[]
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for; its shape was checked against the route's schema.
  readonly body: any
}

/** The answer, once it is found to be one that its route is documented to give. */
export function documented(method: string, path: string, result: HttpResult): Answer {
  const status = result.statusCode ?? 0
  const headers = (result.headers ?? {}) as Record<string, string>
  const text = result.body ?? ''
  const isJson = /json/.test(headers['content-type'] ?? '')
  const answer = { status, headers, text, cookies: result.cookies ?? [], body: isJson ? JSON.parse(text) : undefined }
  const route = routeOf(method, path)
  const schema = status < 400 ? route?.answers[status]?.schema : problem
  if (status < 400) expect(Object.keys(route?.answers ?? {}), `${method} ${path}`).toContain(String(status))
  else checkProblem(route, answer)
  if (schema) expectShape(schema, answer.body)
  return answer
}

function checkProblem(route: Route | undefined, { status, headers, body }: Answer): void {
  expect(headers['content-type']).toBe('application/problem+json')
  expect(errorCodes[body.code as keyof typeof errorCodes].status).toBe(status)
  if (route) expect(problemCodesOf(route)).toContain(body.code)
}

function expectShape(schema: z.ZodType, value: unknown): void {
  expect(schema.safeParse(value).error?.issues ?? []).toEqual([])
}

export function routeOf(method: string, path: string): Route | undefined {
  const plain = path.replace(/(.)\/$/, '$1')
  const matching = routeList.filter(route => route.method === method && patternOf(route).test(plain))
  return matching.find(route => !route.path.includes('{')) ?? matching[0]
}

function patternOf(route: Route): RegExp {
  return new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`)
}
