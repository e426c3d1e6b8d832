import { accessRoutes } from './access-routes.ts'
import * as answer from './account-answers.ts'
import * as body from './account-bodies.ts'
import { accountLimits, bodyProblems, type Route } from './route.ts'

const auth = 'auth'
const account = 'account'

export const authRoutes = {
  register: {
    method: 'POST',
    path: '/api/v1/auth/register',
    group: auth,
    role: 'public',
    audit: { action: 'user.register' },
    summary: 'Make an account',
    description:
      'The answer is the same for an address that has an account already: whether it has is nobody’s business.',
    body: { schema: body.registerBody, limits: accountLimits },
    answers: { 201: { description: 'Log in now.', schema: answer.registered } },
    problems: [...bodyProblems, 'invalid', 'unavailable'],
  },
  login: {
    method: 'POST',
    path: '/api/v1/auth/login',
    group: auth,
    role: 'public',
    audit: { action: 'session.begin' },
    summary: 'Begin a session',
    description: 'Takes JSON, or a form with `username` and `password` as the password flow of OAuth 2 sends it.',
    body: { schema: body.loginBody, limits: accountLimits, form: true },
    answers: {
      200: {
        description: 'The tokens of the session; with `cookie: true` they are in cookies.',
        schema: answer.tokens.or(answer.cookieSession),
      },
    },
    problems: [...bodyProblems, 'invalid', 'unauthorized', 'unavailable'],
  },
  refresh: {
    method: 'POST',
    path: '/api/v1/auth/refresh',
    group: auth,
    role: 'public',
    audit: { action: 'session.refresh' },
    summary: 'Exchange a refresh token for new tokens',
    description:
      'Each refresh token is good once. If its answer was lost, the same one may be sent again within 10 s; a later second use ends the session.',
    body: { schema: body.refreshBody, limits: accountLimits, optional: true, form: true },
    answers: {
      200: {
        description: 'The next tokens, where the ones before were.',
        schema: answer.tokens.or(answer.cookieSession),
      },
    },
    problems: [...bodyProblems, 'invalid', 'unauthorized', 'unavailable'],
  },
  logout: {
    method: 'POST',
    path: '/api/v1/auth/logout',
    group: auth,
    role: 'viewer',
    scope: account,
    audit: { action: 'session.end' },
    summary: 'End this session',
    answers: { 204: { description: 'It has ended.' } },
    problems: ['malformed', 'invalid'],
  },
  me: {
    method: 'GET',
    path: '/api/v1/auth/me',
    group: auth,
    role: 'viewer',
    scope: account,
    summary: 'Read your account',
    answers: { 200: { description: 'Your account.', schema: answer.user } },
    problems: ['malformed', 'not_found'],
  },
  changePassword: {
    method: 'POST',
    path: '/api/v1/auth/password',
    group: auth,
    role: 'viewer',
    scope: account,
    audit: { action: 'user.password' },
    summary: 'Change your password',
    description: 'Ends your other sessions. API keys go on.',
    body: { schema: body.passwordBody, limits: accountLimits },
    answers: { 200: { description: 'Use this access token from now on.', schema: answer.accessToken } },
    problems: [...bodyProblems, 'invalid', 'conflict', 'not_found'],
  },
  listSessions: {
    method: 'GET',
    path: '/api/v1/auth/sessions',
    group: auth,
    role: 'viewer',
    scope: account,
    summary: 'List your sessions',
    answers: { 200: { description: 'Your sessions.', schema: answer.sessionPage } },
    problems: ['malformed'],
  },
  endSession: {
    method: 'DELETE',
    path: '/api/v1/auth/sessions/{id}',
    group: auth,
    role: 'viewer',
    scope: account,
    audit: { action: 'session.end' },
    summary: 'End one of your sessions',
    answers: { 204: { description: 'It has ended.' } },
    problems: ['malformed', 'not_found'],
  },
  rotateSigningKeys: {
    method: 'POST',
    path: '/api/v1/auth/signing-keys/rotate',
    group: auth,
    role: 'admin',
    scope: 'admin',
    audit: { action: 'signing-key.rotate' },
    summary: 'Sign tokens with a new key',
    description: 'Tokens of the old key stay good until they end.',
    answers: { 200: { description: 'The new key signs.', schema: answer.signingKey } },
    problems: ['malformed'],
  },
  ...accessRoutes,
} as const satisfies Record<string, Route>
