import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accountVariables } from '../../lib/accounts.ts'
import { readSettings } from '../../lib/settings.ts'
import { variables } from '../../shared/aws/names.ts'
import { createAuthFunction } from '../../shared/runtime/aws-auth.ts'
import { eventOf } from '../http/setup.ts'

/** As the stacks set them. */
const variablesOfStack: Readonly<Record<string, string>> = {
  [variables.stage]: 'dev',
  [variables.appTable]: 'app-table',
  [variables.logLevel]: 'silent',
  [variables.secretArn]: 'arn:aws:secretsmanager:r:1:secret:accounts',
  ...accountVariables(readSettings({})),
}

const before = { ...process.env }
/** Nothing answers there. */
beforeAll(() => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-test',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  })
})
afterAll(() => {
  process.env = before
})

describe('the function of accounts', () => {
  test.each(['stage', 'appTable', 'accounts', 'secretArn'] as const)('names the variable that is missing: %s', name => {
    const { [variables[name]]: _, ...env } = variablesOfStack
    expect(() => createAuthFunction(env)).toThrow(
      `the environment variable ${variables[name]} is missing: deploy the stack again`,
    )
  })

  test('SEC-46 answers by a problem when AWS does not answer', async () => {
    const answer = await createAuthFunction(variablesOfStack)(eventOf('GET', '/api/v1/auth/me', {}))
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } })
    expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|AKID|a-secret|app-table|arn:/)
  })

  test('SEC-18 takes whatever comes from the gateway for a request, also with a grant in it', async () => {
    const grant = { email: 'ada@example.com', role: 'admin' }
    const event = { ...eventOf('POST', '/api/v1/auth/login', { body: { grant } }), grant }
    expect(await createAuthFunction(variablesOfStack)(event)).toMatchObject({ statusCode: 503 })
  })

  test.each([
    {},
    { grant: {} },
    { grant: { email: 'ada@example.com', role: 'king' } },
    { grant: { email: 'nobody', role: 'admin' } },
    { grant: { email: 'ada@example.com', role: 'admin', id: 'user_1' } },
    { grant: { email: 'ada@example.com', role: 'admin' }, rawPath: '/' },
    { janitor: {} },
    { janitor: 'stop' },
    { janitor: 'run', users: ['user_1'] },
    { janitor: 'run', grant: { email: 'ada@example.com', role: 'admin' } },
  ])('refuses an event that is neither a grant nor for the janitor: %j', async event => {
    await expect(createAuthFunction(variablesOfStack)(event)).rejects.toThrow(/invalid|Invalid|unrecognized/i)
  })

  test.each(['run', 'last'])('S4-10 a janitor that cannot read is a failure, and no answer: %s', async janitor => {
    await expect(createAuthFunction(variablesOfStack)({ janitor })).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })

  test('a grant that cannot be written is a failure, and no answer', async () => {
    const grant = { email: 'ada@example.com', role: 'admin' }
    await expect(createAuthFunction(variablesOfStack)({ grant })).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })
})
