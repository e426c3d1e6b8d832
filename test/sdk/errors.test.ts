import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ErrorCode, errorCodes } from '../../shared/core/errors.ts'
import * as sdk from '../../shared/sdk/index.ts'
import { FakeApi, problem, TASK_ID, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
beforeAll(() => api.start())
afterAll(() => api.stop())

/** What a call throws when the API answers so. */
async function thrownFor(reply: Parameters<FakeApi['answer']>[0]): Promise<sdk.PulseClientError> {
  api.answer(reply)
  const error = await new sdk.Pulse({ url: api.url, maxRetries: 0 }, virtualEdges())
    .get(TASK_ID)
    .catch((thrown: unknown) => thrown)
  if (!(error instanceof sdk.PulseClientError)) throw new Error('expected a PulseClientError', { cause: error })
  return error
}

const classes: Record<ErrorCode, typeof sdk.PulseClientError> = {
  malformed: sdk.MalformedRequestError,
  payload_too_large: sdk.PayloadTooLargeError,
  unsupported_media_type: sdk.UnsupportedMediaTypeError,
  invalid: sdk.ValidationError,
  idempotency_key_reused: sdk.IdempotencyKeyReusedError,
  unauthorized: sdk.UnauthorizedError,
  forbidden: sdk.ForbiddenError,
  not_found: sdk.NotFoundError,
  method_not_allowed: sdk.MethodNotAllowedError,
  conflict: sdk.ConflictError,
  precondition_failed: sdk.PreconditionFailedError,
  rate_limited: sdk.RateLimitedError,
  internal: sdk.InternalError,
  unavailable: sdk.UnavailableError,
}

describe('each code of the API has a class', () => {
  for (const [code, expected] of Object.entries(classes)) {
    const { status } = errorCodes[code as ErrorCode]
    test(`${status} ${code}`, async () => {
      const error = await thrownFor(problem(status, code, `about ${code}`))
      expect(error).toBeInstanceOf(expected)
      expect(error).toMatchObject({ code, status, requestId: 'req-7' })
      expect(error.message).toMatch(new RegExp(`^about ${code}`))
      // The name survives minifiers; it is what a log shows.
      expect(Object.entries(sdk)).toContainEqual([error.name, expected])
    })
  }
})

test('a code of a newer server is judged by its status, and kept', async () => {
  const error = await thrownFor(problem(409, 'brand_new', 'something new'))
  expect(error).toBeInstanceOf(sdk.ConflictError)
  expect(error.problem?.code).toBe('brand_new')
  expect(await thrownFor(problem(500, 'constructor', 'no table entry'))).toBeInstanceOf(sdk.InternalError)
})

test('a conflict says the state and what is allowed', async () => {
  const reply = problem(409, 'conflict', 'the task is RUNNING', { currentState: 'RUNNING', allowedActions: ['cancel'] })
  const error = await thrownFor(reply)
  expect(error).toMatchObject({
    currentState: 'RUNNING',
    allowedActions: ['cancel'],
    message: 'the task is RUNNING (allowed now: cancel)',
  })
  const bare = await thrownFor(problem(409, 'conflict', 'no details'))
  expect(bare).toMatchObject({ currentState: undefined, allowedActions: [], message: 'no details' })
})

test('a validation error names each field', async () => {
  const errors = [
    { pointer: '/payload/ms', detail: 'is required' },
    { pointer: '/priority', detail: 'is from 1 to 5' },
  ]
  const error = await thrownFor(problem(422, 'invalid', '/payload/ms: is required (and 1 more)', { errors }))
  expect(error.errors).toEqual(errors)
  expect(error.message).toBe('/payload/ms: is required (and 1 more)\n  /priority: is from 1 to 5')
})

test('messages say what to do', async () => {
  expect((await thrownFor(problem(401, 'unauthorized', 'who are you'))).message).toMatch(/pass a valid apiKey/)
  expect((await thrownFor(problem(412, 'precondition_failed', 'changed'))).message).toMatch(/read the task again/)
  expect((await thrownFor(problem(500, 'internal', 'failed'))).message).toBe('failed (request id req-7)')
  const limited = {
    ...(problem(429, 'rate_limited', 'too fast') as { body: unknown }),
    status: 429,
    headers: { 'retry-after': '3' },
  }
  const error = await thrownFor(limited)
  expect(error.message).toBe('too fast (try again in 3 s)')
  expect(error).toMatchObject({ retryAfterMs: 3_000 })
})
