import type { Route } from './route.ts'

const ops = 'ops'

/** Pages for people. They hold no data: their scripts ask the API, as whoever has signed in. */
export const consoleRoutes = {
  console: {
    method: 'GET',
    path: '/console',
    group: ops,
    role: 'public',
    summary: 'The first page of the console',
    answers: {
      302: {
        description: 'It is at `/console/schedules`.',
        contentType: 'text/plain; charset=utf-8',
        headers: { location: 'Path of the page.' },
      },
    },
    problems: [],
  },
  consoleSchedules: {
    method: 'GET',
    path: '/console/schedules',
    group: ops,
    role: 'public',
    summary: 'A page to see and control schedules',
    answers: { 200: { description: 'The page.', contentType: 'text/html; charset=utf-8' } },
    problems: [],
  },
  consoleAsset: {
    method: 'GET',
    path: '/console/assets/{file}',
    group: ops,
    role: 'public',
    summary: 'Scripts and styles of the console',
    answers: { 200: { description: 'The file.', contentType: '*/*' } },
    problems: ['not_found'],
  },
} as const satisfies Record<string, Route>
