import * as z from 'zod'
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi'
import { type ErrorCode, errorCodes } from '../core/errors.ts'
import { problem } from './answer-schemas.ts'
import { accessCookie } from './cookies.ts'
import { type Answer, isLimited, type Route } from './route.ts'
import { routeList } from './routes.ts'
import { batchItem } from './task-schemas.ts'

export type OpenApiDocument = ReturnType<typeof createDocument>

const ABOUT = `Pulse is a task queue. A task is stored durably before its submit is answered; handlers may run more than once, and every
change of a task is in its history. Errors are RFC 9457 problem documents with a stable \`code\`. Unknown fields are refused by name.`

/** The description of the API, from the route table and its schemas. */
export function createOpenApi(version: string): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of routeList) {
    const path = paths[route.path] ?? {}
    path[route.method.toLowerCase()] = operation(route)
    paths[route.path] = path
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Pulse', version, description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
    tags: Object.entries(sections).map(([name, { description }]) => ({ name, description })),
    paths,
    components: { schemas: { BatchItem: batchItem }, securitySchemes },
  }
  return withoutPrefilledParameters(
    createDocument(document, { override: ({ jsonSchema }) => withoutNoise(jsonSchema) }),
  )
}

/** Ways to say who asks. None is needed where the server is open: on a loopback address, unless it is told otherwise. */
const securitySchemes = {
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From `/api/v1/auth/login`.' },
  apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'pk_live_…', description: 'From `/api/v1/api-keys`.' },
  cookie: { type: 'apiKey', in: 'cookie', name: accessCookie, description: 'For pages: `cookie: true` at login.' },
} as const

/** Swagger UI fills examples of optional parameters in, and a first try would then be filtered, or a repeat of somebody's key. */
function withoutPrefilledParameters(document: OpenApiDocument): OpenApiDocument {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const parameter of Object.values(operations).flatMap(
      (each: { parameters?: { schema?: object }[] }) => each.parameters ?? [],
    )) {
      if (parameter.schema && 'example' in parameter.schema) delete parameter.schema.example
    }
  }
  return document
}

/** Bounds that say nothing, and of a format and a pattern the one that says less. */
function withoutNoise(schema: {
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
}): void {
  if (schema.format === 'date-time') delete schema.pattern
  // Validators differ about the format; the pattern is what is checked.
  if (schema.format === 'email') delete schema.format
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minLength === 0) delete schema.minLength
}

/** How the reference is divided, by the start of the path. */
const sections = {
  Tasks: { start: '/api/v1/tasks', description: 'Submit, read and change tasks.' },
  Schedules: { start: '/api/v1/schedules', description: 'Make tasks at a time, at a steady pace, or by cron.' },
  'Dead letters': { start: '/api/v1/dead-letters', description: 'Tasks whose attempts are spent.' },
  Dispatch: { start: '/api/v1/dispatch', description: 'Hold back the start of tasks, and let it go on.' },
  Stats: { start: '/api/v1/stats', description: 'Counts.' },
  Account: { start: '/api/v1/auth', description: 'Register, log in, end sessions.' },
  'API keys': { start: '/api/v1/api-keys', description: 'Credentials for programs.' },
  Users: { start: '/api/v1/users', description: 'Roles and invitations, for admins.' },
  'Audit log': { start: '/api/v1/audit', description: 'Who did what.' },
  Service: { start: '/', description: 'The process itself, and its documentation.' },
} as const

export function sectionOf(path: string): string {
  return Object.entries(sections).find(([, { start }]) => path.startsWith(start))?.[0] ?? 'Service'
}

function operation(route: Route & { readonly id: string }): ZodOpenApiOperationObject {
  const pathFields = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, pathField(name)] as const)
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    tags: [sectionOf(route.path)],
    requestParams: {
      ...(pathFields.length > 0 && { path: z.object(Object.fromEntries(pathFields)) }),
      ...(route.query instanceof z.ZodObject && { query: route.query }),
      ...(route.headers && { header: route.headers }),
    },
    ...(route.body && { requestBody: requestBody(route.body) }),
    responses: responses(route),
    ...(route.role === 'public'
      ? { security: [] }
      : { security: [{ accessToken: [] }, { apiKey: [] }, { cookie: [] }] }),
    'x-required-role': route.role,
    ...(route.scope !== undefined && { 'x-required-scope': route.scope }),
  }
}

function requestBody({ schema, optional, form }: NonNullable<Route['body']>) {
  const types = ['application/json', ...(form ? ['application/x-www-form-urlencoded'] : [])]
  return { required: !optional, content: Object.fromEntries(types.map(type => [type, { schema }])) }
}

function pathField(name: string): z.ZodType {
  const id = { description: 'Its id.', example: 'task_01K0XW6V3M8Q2T5R7Y9Z4B6C8D' }
  return z.string().meta(name === 'id' ? id : { description: 'Name of a file of the page.', example: 'docs.css' })
}

function responses(route: Route): Record<`${1 | 2 | 3 | 4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(problemCodesOf(route), code => errorCodes[code].status)
  return Object.fromEntries([
    ...Object.entries(route.answers).map(([status, answer]) => [status, success(answer)] as const),
    ...[...byStatus].map(([status, codes]) => [String(status), refusal(codes)] as const),
  ])
}

/** Every refusal that a route can answer. */
export function problemCodesOf(route: Route): ErrorCode[] {
  const shared: ErrorCode[] =
    route.role === 'public' ? ['forbidden', 'internal'] : ['unauthorized', 'forbidden', 'internal', 'unavailable']
  const limited: ErrorCode[] = isLimited(route) ? ['rate_limited'] : []
  const idempotent: ErrorCode[] =
    route.headers && 'idempotency-key' in route.headers.shape ? ['idempotency_key_reused'] : []
  return [...new Set([...route.problems, ...idempotent, ...limited, ...shared])].sort(
    (a, b) => errorCodes[a].status - errorCodes[b].status,
  )
}

function success({ description, schema, contentType, headers }: Answer): ZodOpenApiResponseObject {
  const headerFields = Object.entries(headers ?? {}).map(
    ([name, about]) => [name, z.string().optional().meta({ description: about })] as const,
  )
  return {
    description,
    // Without either there is no body.
    ...((schema || contentType) && { content: { [contentType ?? 'application/json']: schema ? { schema } : {} } }),
    ...(headerFields.length > 0 && { headers: z.object(Object.fromEntries(headerFields)) }),
  }
}

function refusal(codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const description = codes.map(code => `\`${code}\`: ${errorCodes[code].title}.`).join(' ')
  return { description, content: { 'application/problem+json': { schema: problem } } }
}
