/** Shown in the documentation; a test holds them against their schemas. */
export const submittedExample = {
  id: 'task_01K0XW6V3M8Q2T5R7Y9Z4B6C8D',
  name: 'echo',
  state: 'PENDING',
  priority: 2,
  run: 1,
  createdAt: '2030-01-31T09:30:00.000Z',
  runAt: '2030-01-31T09:30:00.000Z',
} as const

export const taskExample = {
  ...submittedExample,
  state: 'COMPLETED',
  attempt: 1,
  attemptsLeft: 4,
  maxAttempts: 5,
  startedAt: '2030-01-31T09:30:00.004Z',
  finishedAt: '2030-01-31T09:30:00.007Z',
  cancelRequested: false,
  version: 1_896_082_200_002,
  history: [
    { at: '2030-01-31T09:30:00.000Z', state: 'PENDING' },
    { at: '2030-01-31T09:30:00.004Z', state: 'RUNNING' },
    { at: '2030-01-31T09:30:00.007Z', state: 'COMPLETED', attempt: 1 },
  ],
  payload: { hello: 'world' },
  result: { hello: 'world' },
} as const

export const problemExample = {
  type: '/redoc#problem-malformed',
  title: 'The request is malformed',
  status: 400,
  detail: '/priorty: unknown field "priorty"; did you mean "priority"?',
  instance: '/api/v1/tasks',
  code: 'malformed',
  errors: [{ pointer: '/priorty', detail: 'unknown field "priorty"; did you mean "priority"?' }],
  requestId: '6b1f0c3e-7d52-4a8e-9c0d-2f3b4a5c6d7e',
} as const
