import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../lib/context.ts'
import { readSettings, SettingsRefused } from '../../lib/settings.ts'
import { readSettings as readEmbedded } from '../../shared/runtime/settings.ts'
import { stageOf } from './stage.ts'

const refusal = (given: Readonly<Record<string, unknown>>) => {
  try {
    readSettings(given)
  } catch (error) {
    if (error instanceof SettingsRefused) return error.message
    throw error
  }
  return 'not refused'
}

describe('settings', () => {
  test('nothing has to be set', () => {
    expect(readSettings({})).toMatchObject({
      stage: 'dev',
      restApi: false,
      apiAuth: 'accounts',
      concurrency: { 1: 16, 2: 8, 3: 4, 4: 2, 5: 2, long: 2 },
      retentionDays: 7,
      logLevel: 'warn',
      architecture: 'arm64',
      reconcileEvery: '1 day',
      tlsOnly: true,
    })
  })

  test('of accounts are those of the embedded server, with the same defaults', () => {
    const embedded = readEmbedded({})
    expect(readSettings({})).toMatchObject({
      registration: 'invited',
      accessTokenMinutes: embedded.ACCESS_TOKEN_EXPIRE_MINUTES,
      refreshTokenDays: embedded.REFRESH_TOKEN_EXPIRE_DAYS,
      maxFailedAttempts: embedded.MAX_FAILED_ATTEMPTS,
      lockoutSeconds: embedded.LOCKOUT_DURATION_SECONDS,
      userRateLimitPerHour: embedded.USER_RATE_LIMIT_PER_HOUR,
      rateLimitPerHour: embedded.RATE_LIMIT_PER_HOUR,
      limitAdmins: embedded.PULSE_LIMIT_ADMINS === 'on',
      unusedKeyDays: embedded.PULSE_UNUSED_KEYS / 86_400_000,
    })
  })

  test.each([
    ['accessTokenMinutes', 'ACCESS_TOKEN_EXPIRE_MINUTES', 1, 1_440],
    ['refreshTokenDays', 'REFRESH_TOKEN_EXPIRE_DAYS', 1, 90],
    ['maxFailedAttempts', 'MAX_FAILED_ATTEMPTS', 1, 1_000],
    ['lockoutSeconds', 'LOCKOUT_DURATION_SECONDS', 1, 86_400],
    ['userRateLimitPerHour', 'USER_RATE_LIMIT_PER_HOUR', 0, 1_000_000],
    ['rateLimitPerHour', 'RATE_LIMIT_PER_HOUR', 0, 1_000_000],
  ] as const)('%s has the limits of the embedded server’s %s', (name, embedded, least, most) => {
    for (const good of [least, most]) {
      expect(readSettings({ [name]: good })[name]).toBe(good)
      expect(readEmbedded({ [embedded]: String(good) })[embedded]).toBe(good)
    }
    for (const bad of [least - 1, most + 1]) {
      expect(refusal({ [name]: bad })).toContain(`the setting ${name} cannot be used`)
      expect(() => readEmbedded({ [embedded]: String(bad) })).toThrow(embedded)
    }
  })

  test('of a group, those that are not given keep their defaults', () => {
    const { concurrency, memory } = readSettings({ concurrency: { 2: 99 }, memory: { worker: 2_048 } })
    expect(concurrency).toEqual({ 1: 16, 2: 99, 3: 4, 4: 2, 5: 2, long: 2 })
    expect(memory).toMatchObject({ worker: 2_048, tasks: 512, auth: 1_024 })
  })

  test.each([
    [{ restapi: true }, 'restapi is no setting of Pulse; did you mean "restApi"?'],
    [{ somethingElse: 1 }, 'somethingElse is no setting of Pulse'],
    [{ memory: { wroker: 512 } }, 'memory.wroker is no setting of Pulse; did you mean "worker"?'],
    [{ concurrency: { 6: 2 } }, 'concurrency.6 is no setting of Pulse'],
    [{ concurrency: { lnog: 2 } }, 'concurrency.lnog is no setting of Pulse; did you mean "long"?'],
    [{ concurrency: { 1: 1 } }, 'the setting concurrency.1 cannot be used: Too small: expected number to be >=2'],
    [{ concurrency: { long: 1_001 } }, 'the setting concurrency.long cannot be used: Too big'],
    [{ stage: 'Dev' }, 'the setting stage cannot be used: must be at most 20 small letters'],
    [{ stage: 'a-name-that-is-longer' }, 'the setting stage cannot be used'],
    [{ apiAuth: 'open' }, 'the setting apiAuth cannot be used'],
    [{ apiAuth: true }, 'the setting apiAuth cannot be used'],
    [{ registration: 'closed' }, 'the setting registration cannot be used'],
    [{ unusedKeyDays: 0 }, 'the setting unusedKeyDays cannot be used'],
    [{ limitAdmins: 'on' }, 'the setting limitAdmins cannot be used'],
    [{ memory: { atuh: 512 } }, 'memory.atuh is no setting of Pulse; did you mean "auth"?'],
    [{ logRetentionDays: 8 }, 'the setting logRetentionDays cannot be used: must be one of 1, 3, 5, 7'],
    [{ reconcileEvery: '2 days' }, 'the setting reconcileEvery cannot be used: must be `1 minute` to `1 day`'],
    [{ reconcileEvery: '25 hours' }, 'the setting reconcileEvery cannot be used: must be at most `1 day`'],
    [{ reconcileEvery: '1 minutes' }, 'the setting reconcileEvery cannot be used'],
    [{ alarmTopicArn: 'ops@example.com' }, 'must be the ARN of an SNS topic'],
    [{ handlerPolicyArns: ['s3'] }, 'the setting handlerPolicyArns.0 cannot be used: must be the ARN'],
    [{ handlerEnvironment: { PULSE_TASKS_TABLE: 'x' } }, 'is set by Pulse or by Lambda itself'],
    [{ handlerEnvironment: { AWS_REGION: 'x' } }, 'is set by Pulse or by Lambda itself'],
  ])('%j is refused', (given, message) => {
    expect(refusal(given)).toContain(message)
  })

  test('all intervals that a rule can have, from a minute to a day', () => {
    for (const every of ['1 minute', '2 minutes', '90 minutes', '1 hour', '24 hours', '1 day'])
      expect(readSettings({ reconcileEvery: every }).reconcileEvery).toBe(every)
  })

  test('the environment of handlers may have what is theirs', () => {
    const handlerEnvironment = { PULSE_FETCH_PRIVATE: 'allow', AWS_MAX_ATTEMPTS: '3' }
    expect(readSettings({ handlerEnvironment }).handlerEnvironment).toEqual(handlerEnvironment)
  })

  test('stages keep their data unless their name says that they are for developing', () => {
    const removals = ['dev', 'dev-anna', 'prod', 'staging', 'devops'].map(stage => readSettings({ stage }).removal)
    expect(removals).toEqual(['destroy', 'destroy', 'retain', 'retain', 'retain'])
    expect(readSettings({ stage: 'prod', removal: 'destroy' }).removal).toBe('destroy')
  })
})

describe('the context of a CDK app', () => {
  test('has texts only when it comes from the command line', () => {
    const context = {
      stage: 'prod',
      restApi: 'true',
      tlsOnly: 'false',
      retentionDays: '30',
      concurrency: '{"1": 20, "long": 4}',
      reconcileEvery: '6 hours',
    }
    expect(readSettings(settingsOf(context))).toMatchObject({
      stage: 'prod',
      restApi: true,
      tlsOnly: false,
      retentionDays: 30,
      concurrency: { 1: 20, 2: 8, long: 4 },
      reconcileEvery: '6 hours',
    })
  })

  test('has values of their own kind when it comes from cdk.json', () => {
    expect(settingsOf({ restApi: true, retentionDays: 30, concurrency: { 1: 20 } })).toEqual({
      restApi: true,
      retentionDays: 30,
      concurrency: { 1: 20 },
    })
  })

  test('has entries that are CDK’s own', () => {
    const context = {
      'aws:cdk:bundling-stacks': ['**'],
      '@aws-cdk/core:checkSecretUsage': true,
      'availability-zones:account=1:region=eu-west-1': ['a'],
      'acknowledged-issue-numbers': [19836],
      stage: 'dev',
    }
    expect(settingsOf(context)).toEqual({ stage: 'dev' })
  })

  test('has what nobody knows, and that is refused', () => {
    expect(refusal(settingsOf({ 'rest-api': 'true' }))).toContain('rest-api is no setting of Pulse; did you mean')
    expect(refusal(settingsOf({ concurrency: '{"1": 20' }))).toContain('the setting concurrency cannot be used')
  })
})

test('an app that is given a wrong setting says so before it makes anything', () => {
  expect(() => stageOf({ stage: 'NO' })).toThrow(SettingsRefused)
})
