import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../shared/core/errors.ts'
import * as answer from '../../shared/http/answer-schemas.ts'
import { createOpenApi, problemCodesOf } from '../../shared/http/openapi.ts'
import { pauseBody, requeueDeadBody } from '../../shared/http/ops-schemas.ts'
import { bodyBytesOf, groupOf, methodsOf, routeList } from '../../shared/http/routes.ts'
import { schedule } from '../../shared/http/schedule-answers.ts'
import {
  backfillBody,
  createScheduleBody,
  editScheduleBody,
  pauseScheduleBody,
} from '../../shared/http/schedule-schemas.ts'
import { batchBody, editBody, submitBody } from '../../shared/http/task-schemas.ts'
import { openApi } from './setup.ts'

interface Operation {
  readonly operationId: string
  readonly responses: object
  readonly requestBody?: object
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
}

describe('/openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const api = await openApi()
    const { body, headers } = await api.call('GET', '/openapi.json')
    expect(headers['content-type']).toBe('application/json')
    const validator = new Validator()
    const result = await validator.validate(structuredClone(body))
    expect(result.errors).toBeUndefined()
    expect({ valid: result.valid, version: validator.version }).toEqual({ valid: true, version: '3.1' })
    expect(body.info).toMatchObject({ title: 'Pulse', version: '1.2.3' })
    expect(() => validator.resolveRefs()).not.toThrow()
  })

  test('says what the route table says, no more and no less', () => {
    const paths = createOpenApi('1').paths as unknown as Record<string, Record<string, Operation>>
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    expect(described).toHaveLength(routeList.length)
    for (const route of routeList) {
      const operation = paths[route.path]?.[route.method.toLowerCase()]
      const statuses = [
        ...Object.keys(route.answers),
        ...problemCodesOf(route).map(code => String(errorCodes[code].status)),
      ]
      expect(operation?.operationId).toBe(route.id)
      expect(Object.keys(operation?.responses ?? {}).sort()).toEqual([...new Set(statuses)].sort())
      expect(operation?.requestBody !== undefined).toBe(route.body !== undefined)
      const inPath = (operation?.parameters ?? [])
        .filter(parameter => parameter.in === 'path')
        .map(parameter => `{${parameter.name}}`)
      expect(inPath).toEqual(route.path.match(/\{\w+\}/g) ?? [])
    }
  })

  test('no parameter is filled in by an example', () => {
    const paths = createOpenApi('1').paths
    expect(
      JSON.stringify(
        Object.values(paths ?? {}).map(methods => Object.values(methods).map(operation => operation.parameters)),
      ),
    ).not.toContain('"example"')
  })
})

test('the examples are what their schemas ask for', () => {
  for (const schema of [
    answer.task,
    answer.submitted,
    answer.problem,
    submitBody,
    batchBody,
    editBody,
    pauseBody,
    requeueDeadBody,
    schedule,
    createScheduleBody,
    editScheduleBody,
    pauseScheduleBody,
    backfillBody,
  ]) {
    const { id, example } = schema.meta() ?? {}
    expect(schema.safeParse(example).error, id).toBeUndefined()
  }
})

describe('the route table', () => {
  test('tells the gateway the function and the largest body of a path, and which methods it has', () => {
    expect(routeList.map(route => groupOf(route.path))).toEqual(routeList.map(route => route.group))
    expect([groupOf('/'), groupOf('/api/v1/tasksx'), groupOf('/api/v1/tasks/')]).toEqual(['ops', 'ops', 'tasks'])
    expect([bodyBytesOf('/api/v1/tasks/'), bodyBytesOf('/api/v1/tasks/batch/'), bodyBytesOf('/')]).toEqual([
      1_048_576, 4_194_304, 1_048_576,
    ])
    expect([methodsOf('/api/v1/tasks'), methodsOf('/api/v1/tasks/x/'), methodsOf('/nowhere')]).toEqual([
      ['POST', 'GET'],
      ['GET', 'PATCH', 'DELETE'],
      [],
    ])
  })
})
