import { describe, expect, test } from 'vitest'
import { functionNames, lanes, variables } from '../../shared/aws/names.ts'
import { janitorEvent } from '../../shared/runtime/aws-janitor.ts'
import { identitySettings, ratesOf } from '../../shared/runtime/aws-settings.ts'
import { stageOf } from './stage.ts'

const FUNCTION = 'AWS::Lambda::Function'
const MAPPING = 'AWS::Lambda::EventSourceMapping'
const dev = stageOf()

const functions = [...dev.of(FUNCTION).values()].map(({ Properties }) => Properties)
const named = (name: string) => {
  const found = functions.find(({ FunctionName }) => FunctionName === `pulse-dev-${name}`)
  if (found) return found
  throw new Error(`there is no function ${name}`)
}

describe('the functions', () => {
  test('are those that the code knows, and no others', () => {
    expect(functions.map(({ FunctionName }) => FunctionName).sort()).toEqual(
      functionNames.map(name => `pulse-dev-${name}`).sort(),
    )
  })

  test.each(functionNames)('SEC-40 %s runs on a current Node, on arm64', name => {
    expect(named(name)).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' })
  })

  test('another processor and other sizes are settings', () => {
    const stage = stageOf({ architecture: 'x86_64', memory: { changes: 384 } })
    const all = [...stage.of(FUNCTION).values()].map(({ Properties }) => Properties)
    for (const { Architectures } of all) expect(Architectures).toEqual(['x86_64'])
    expect(all.filter(({ MemorySize }) => MemorySize === 384).map(({ FunctionName }) => FunctionName)).toEqual([
      'pulse-dev-changes',
    ])
  })

  test('may take as long as their work does', () => {
    const timeouts = Object.fromEntries(functionNames.map(name => [name, named(name).Timeout]))
    expect(timeouts).toEqual({
      tasks: 29,
      schedules: 29,
      ops: 29,
      auth: 29,
      worker: 900,
      occurrence: 300,
      'dead-letter': 60,
      reconcile: 900,
      changes: 60,
    })
  })

  test('only those that a message leads to, and that send messages, may go in circles', () => {
    const allowed = functionNames.filter(name => named(name).RecursiveLoop === 'Allow')
    // Reconcile goes on by calling itself.
    expect(allowed).toEqual(['worker', 'dead-letter', 'reconcile'])
    const senders = functionNames.filter(name => 'PULSE_QUEUES' in environmentOf(name))
    const received = [...dev.of(MAPPING).values()]
      .filter(({ Properties }) => dev.text(Properties.EventSourceArn).startsWith('Queues/'))
      .map(({ Properties }) => dev.at(FUNCTION, dev.text(Properties.FunctionName)).Properties.FunctionName)
    expect(allowed).toEqual(senders.filter(name => name === 'reconcile' || received.includes(`pulse-dev-${name}`)))
  })

  test('H53 none has reserved concurrency, which would throttle pollers', () => {
    for (const properties of functions) expect(properties).not.toHaveProperty('ReservedConcurrentExecutions')
  })

  test.each(functionNames)('SEC-40 %s has a log of its own that ends', name => {
    const { LogGroup, LogFormat } = named(name).LoggingConfig as Record<string, unknown>
    const log = dev.at('AWS::Logs::LogGroup', dev.text(LogGroup))
    expect(log.Properties).toEqual({ LogGroupName: `/aws/lambda/pulse-dev-${name}`, RetentionInDays: 30 })
    expect(log.DeletionPolicy).toBe('Delete')
    expect(LogFormat).toBe('JSON')
  })

  test('all lines that a function prints are kept: metrics are lines, too', () => {
    for (const { LoggingConfig } of functions)
      expect(LoggingConfig).toMatchObject({ ApplicationLogLevel: 'TRACE', SystemLogLevel: 'WARN' })
  })

  test('a task is not taken in before the workers know its handler', () => {
    for (const place of ['Api/Tasks/Function', 'Api/Schedules/Function', 'Api/Ops/Function']) {
      const { DependsOn = [] } = dev.at(FUNCTION, place)
      expect([DependsOn].flat().map(id => dev.text({ Ref: id }))).toContain('Workers/Function')
    }
  })
})

describe('what the functions are told', () => {
  const common = [variables.stage, variables.logLevel, variables.appTable]
  const ofQueue = [
    variables.tasksTable,
    variables.queues,
    variables.timerGroup,
    variables.timerRole,
    variables.reconcileArn,
    variables.retentionDays,
  ]

  test.each([
    ['tasks', [variables.apiAuth, variables.accounts]],
    ['schedules', [variables.apiAuth, variables.accounts, variables.scheduleTimers]],
    ['ops', [variables.apiAuth, variables.accounts, variables.mappings, variables.scheduleTimers]],
    ['worker', []],
    ['occurrence', [variables.scheduleTimers]],
    ['dead-letter', [variables.quarantineUrl]],
    ['reconcile', [variables.mappings, variables.scheduleTimers]],
    ['changes', [variables.mappings]],
  ])('%s: what all need, and %j', (name, own) => {
    expect(Object.keys(environmentOf(name)).sort()).toEqual([...common, ...ofQueue, ...own].sort())
  })

  test('auth: nothing about tasks and queues, and where the secret lies, which no other is told', () => {
    const own = [variables.apiAuth, variables.accounts, variables.secretArn]
    expect(Object.keys(environmentOf('auth')).sort()).toEqual([...common, ...own].sort())
    expect(textsOf('auth')[variables.secretArn]).toBe('Accounts/Secret')
  })

  test.each(['iam', 'none'] as const)('SEC-44 without accounts (%s), nothing about them', apiAuth => {
    const stage = stageOf({ apiAuth })
    for (const { Properties } of stage.of(FUNCTION).values()) {
      const { Variables } = Properties.Environment as { Variables: object }
      expect(Object.keys(Variables)).not.toContain(variables.accounts)
      expect(Object.keys(Variables)).not.toContain(variables.secretArn)
    }
    expect(stage.of('AWS::SecretsManager::Secret').size).toBe(0)
  })

  test('is in the form that the code reads', () => {
    const { PULSE_QUEUES, PULSE_RECONCILE_ARN } = textsOf('tasks')
    expect(JSON.parse(PULSE_QUEUES ?? '')).toEqual(
      Object.fromEntries(lanes.map(lane => [lane, { url: `Queues/Lane-${lane}`, arn: `Queues/Lane-${lane}.Arn` }])),
    )
    expect(PULSE_RECONCILE_ARN).toBe('arn:aws:lambda:region:account:function:pulse-dev-reconcile')
    expect(JSON.parse(textsOf('ops').PULSE_MAPPINGS ?? '')).toEqual(
      Object.fromEntries(lanes.map(lane => [lane, `Workers/Lane-${lane}`])),
    )
    for (const name of ['schedules', 'ops', 'occurrence', 'reconcile'])
      expect(JSON.parse(textsOf(name).PULSE_SCHEDULE_TIMERS ?? '')).toEqual({
        group: dev.at('AWS::Scheduler::ScheduleGroup', 'Schedules/Group').Properties.Name,
        roleArn: 'Schedules/Role.Arn',
        occurrenceArn: 'arn:aws:lambda:region:account:function:pulse-dev-occurrence',
        lostFiresArn: 'Queues/LostFires.Arn',
      })
  })

  test('settings reach them', () => {
    const stage = stageOf({
      stage: 'prod',
      apiAuth: 'none',
      logLevel: 'debug',
      retentionDays: 30,
      logRetentionDays: 90,
      handlerEnvironment: { GREETING: 'hello' },
    })
    for (const [place, { Properties }] of stage.of(FUNCTION)) {
      const { Variables } = Properties.Environment as { Variables: object }
      expect(Variables, place).toMatchObject({
        PULSE_STAGE: 'prod',
        PULSE_LOG_LEVEL: 'debug',
        PULSE_RETENTION_DAYS: '30',
        GREETING: 'hello',
      })
    }
    // Where there are no tasks, their variables have no business either.
    const { Environment } = stageOf({ handlerEnvironment: { GREETING: 'hello' } }).at(
      FUNCTION,
      'Accounts/Function',
    ).Properties
    expect(Environment).not.toHaveProperty('Variables.GREETING')
    for (const { Properties } of stage.of('AWS::Logs::LogGroup').values()) expect(Properties.RetentionInDays).toBe(90)
  })

  test('SEC-44 is no secret: names, addresses and numbers only', () => {
    const known = new Set<string>(Object.values(variables))
    for (const name of functionNames) {
      for (const [variable, value] of Object.entries(textsOf(name))) {
        expect(known.has(variable), variable).toBe(true)
        // The place of a secret is none.
        if (variable !== variables.secretArn) expect(variable).not.toMatch(/SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL/)
        expect(value).not.toMatch(/resolve:|AKIA|BEGIN [A-Z ]*PRIVATE/)
      }
    }
  })

  test('SEC-44 the only secret is made by AWS at deployment: the template says how, and nothing asks for its text', () => {
    const generated = Object.values(dev.template.Resources).filter(({ Type }) =>
      /Secret|Parameter|AccessKey/.test(Type),
    )
    expect(generated).toEqual([
      {
        Type: 'AWS::SecretsManager::Secret',
        Properties: {
          Description: expect.any(String),
          GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
        },
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
      },
    ])
    expect(JSON.stringify(dev.template)).not.toContain('{{resolve:')
  })

  test('SEC-44 the secret goes with a stage for developing, and stays where the tables stay', () => {
    const secret = stageOf({ stage: 'prod' }).at('AWS::SecretsManager::Secret', 'Accounts/Secret')
    expect(secret).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    // So that one that was kept is not in the way of the next.
    expect(secret.Properties).not.toHaveProperty('Name')
  })

  test('settings of accounts reach the functions that answer requests, as one text in the form that the code reads', () => {
    const accounts = {
      registration: 'open',
      accessTokenMinutes: 15,
      refreshTokenDays: 30,
      maxFailedAttempts: 5,
      lockoutSeconds: 600,
      userRateLimitPerHour: 0,
      rateLimitPerHour: 2_000,
      limitAdmins: false,
      unusedKeyDays: 365,
    } as const
    const stage = stageOf({ stage: 'dev-7', ...accounts, memory: { auth: 2_048 } })
    for (const place of ['Api/Tasks/Function', 'Api/Ops/Function', 'Accounts/Function']) {
      const { Variables } = stage.at(FUNCTION, place).Properties.Environment as { Variables: Record<string, string> }
      expect(JSON.parse(Variables[variables.accounts] ?? '')).toEqual(accounts)
      expect(identitySettings(Variables)).toEqual({
        issuer: 'pulse-dev-7',
        accessMs: 900_000,
        refreshMs: 2_592_000_000,
        registration: 'open',
        maxFailedAttempts: 5,
        lockoutMs: 600_000,
        unusedKeyMs: 31_536_000_000,
      })
      expect(ratesOf(Variables)).toEqual({ perUser: 0, perAddress: 2_000, admins: false })
    }
    expect(stage.at(FUNCTION, 'Accounts/Function').Properties.MemorySize).toBe(2_048)
  })

  test('fits: Lambda takes 4 KB', () => {
    // Addresses of the longest region, and the longest name of a stage.
    const stage = stageOf({ stage: 'a-name-of-20-letters', restApi: true })
    for (const [place, { Properties }] of stage.of(FUNCTION)) {
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> }
      const length = Object.entries(Variables).reduce((sum, [name, value]) => sum + name.length + lengthOf(value), 0)
      expect(length, place).toBeLessThan(4_000)
    }
    function lengthOf(value: unknown): number {
      const text = stage
        .text(value)
        .replaceAll(
          /Queues\/[\w-]+\.Arn/g,
          'arn:aws:sqs:ap-southeast-1:123456789012:pulse-a-name-of-20-letters-long-dlq',
        )
        .replaceAll(
          /Queues\/[\w-]+/g,
          'https://sqs.ap-southeast-1.amazonaws.com/123456789012/pulse-a-name-of-20-letters-long',
        )
        .replaceAll(/Workers\/[\w-]+/g, '14e0db71-xmpl-4eb5-b481-8945cf9d10c2')
      return text.length
    }
  })
})

describe('what leads messages to them', () => {
  const mappings = [...dev.of(MAPPING)]
  const ofLane = (part: string, lane: string) => dev.at(MAPPING, `${part}/Lane-${lane}`).Properties

  test('H57 a message that fails comes back alone', () => {
    expect(mappings).toHaveLength(2 * lanes.length + 1)
    for (const [place, { Properties }] of mappings)
      expect(Properties.FunctionResponseTypes, place).toEqual(['ReportBatchItemFailures'])
  })

  test('none filters: messages that do not match would be deleted', () => {
    for (const [, { Properties }] of mappings) expect(Properties).not.toHaveProperty('FilterCriteria')
  })

  test('H53 each lane has a share of its own', () => {
    const shares = lanes.map(lane => ofLane('Workers', lane).ScalingConfig)
    expect(shares).toEqual([16, 8, 4, 2, 2, 2].map(MaximumConcurrency => ({ MaximumConcurrency })))
    // A mapping with a limit is asked after by five pollers when there is nothing to do, one without by two.
    for (const lane of lanes) expect(ofLane('DeadLetter', lane).ScalingConfig).toBeUndefined()
  })

  test('the shares are settings', () => {
    const stage = stageOf({ concurrency: { 1: 200, long: 40 } })
    const shareOf = (lane: string) => stage.at(MAPPING, `Workers/Lane-${lane}`).Properties.ScalingConfig
    expect(lanes.map(shareOf)).toEqual([200, 8, 4, 2, 2, 40].map(MaximumConcurrency => ({ MaximumConcurrency })))
  })

  test('long tasks come one at a time, and nobody waits for a batch to fill', () => {
    const sizes = lanes.map(lane => ofLane('Workers', lane).BatchSize)
    expect(sizes).toEqual([10, 10, 10, 10, 10, 1])
    for (const lane of lanes) expect(ofLane('Workers', lane)).not.toHaveProperty('MaximumBatchingWindowInSeconds')
  })

  test('H89 H90 changes come in order and by shard, from the first one, and a bad one does not stop those behind it', () => {
    const { Properties } = dev.at(MAPPING, 'Changes/Stream')
    expect(dev.text(Properties.EventSourceArn)).toBe('Data/Tasks.StreamArn')
    expect(Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1_000,
      MaximumBatchingWindowInSeconds: 1,
      ParallelizationFactor: 1,
      TumblingWindowInSeconds: 900,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 100,
    })
    const { OnFailure } = Properties.DestinationConfig as { OnFailure: { Destination: unknown } }
    expect(dev.text(OnFailure.Destination)).toBe('Queues/FailedChanges.Arn')
  })

  test('H22 reconcile runs by a rule, as often as a setting says', () => {
    const rateOf = (stage: ReturnType<typeof stageOf>) =>
      stage.at('AWS::Events::Rule', 'Reconcile/Rule').Properties.ScheduleExpression
    expect(rateOf(dev)).toBe('rate(1 day)')
    expect(rateOf(stageOf({ reconcileEvery: '1 minute' }))).toBe('rate(1 minute)')
    const { Targets, State } = dev.at('AWS::Events::Rule', 'Reconcile/Rule').Properties
    expect(State).toBe('ENABLED')
    expect((Targets as { Arn: unknown }[]).map(({ Arn }) => dev.text(Arn))).toEqual(['Reconcile/Function.Arn'])
  })
})

describe('what has API keys cleaned up', () => {
  test('S4-10 a rule calls auth every day, as it wants to be called', () => {
    const { Targets, State, ScheduleExpression } = dev.at('AWS::Events::Rule', 'Accounts/Janitor').Properties
    expect([State, ScheduleExpression]).toEqual(['ENABLED', 'cron(30 2 * * ? *)'])
    const [target, ...more] = Targets as { Arn: unknown; Input: string }[]
    expect([dev.text(target?.Arn), more]).toEqual(['Accounts/Function.Arn', []])
    expect(janitorEvent.parse(JSON.parse(target?.Input ?? ''))).toEqual({ janitor: 'run' })
  })

  test.each(['iam', 'none'] as const)('S4-10 without accounts (%s) there is nothing to clean up', apiAuth => {
    const rules = [...stageOf({ apiAuth }).of('AWS::Events::Rule').keys()]
    expect(rules).toEqual(['Reconcile/Rule'])
  })
})

describe('what leads fires of schedules to occurrence', () => {
  test('H71 calls that fail are tried again by Lambda, and put aside when that does not help', () => {
    const { Properties } = dev.at('AWS::Lambda::EventInvokeConfig', 'Occurrence/Calls')
    expect(Properties).toMatchObject({
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
    })
    const { OnFailure } = Properties.DestinationConfig as { OnFailure: { Destination: unknown } }
    expect(dev.text(OnFailure.Destination)).toBe('Queues/LostFires.Arn')
    expect(dev.text(Properties.FunctionName)).toBe('Occurrence/Function')
  })

  test('its timers are in a group of which no other stage has timers', () => {
    const groupsOf = (stage: ReturnType<typeof stageOf>) =>
      [...stage.of('AWS::Scheduler::ScheduleGroup').values()].map(({ Properties }) => Properties.Name)
    expect(groupsOf(dev)).toEqual(['pulse-dev', 'pulse-dev_schedules'])
    expect(groupsOf(stageOf({ stage: 'dev-schedules' }))).toEqual([
      'pulse-dev-schedules',
      'pulse-dev-schedules_schedules',
    ])
  })
})

describe('the schedules that are declared beside the tasks', () => {
  const declared = (stage = dev) => stage.at('Custom::PulseSchedules', 'Occurrence/Declared/Default')

  test('are made by occurrence, once workers and reconcile are those of this deployment', () => {
    const { Properties, DependsOn = [] } = declared()
    expect(dev.text(Properties.ServiceToken)).toBe('Occurrence/Function.Arn')
    expect(Properties.ServiceTimeout).toBe('900')
    const before = [DependsOn].flat().map(id => dev.text({ Ref: id }))
    for (const place of ['Workers/Function', 'Reconcile/Function', 'Schedules/Group', 'Schedules/Role/DefaultPolicy'])
      expect(before).toContain(place)
  })

  test('are made anew when the code is another one, or what it is told', () => {
    const codeOf = (place: string) => (dev.at(FUNCTION, place).Properties.Code as { S3Key: unknown }).S3Key
    expect(declared().Properties).toMatchObject({ code: codeOf('Occurrence/Function'), environment: {} })
    const handlerEnvironment = { GREETING: 'hello' }
    expect(declared(stageOf({ handlerEnvironment })).Properties.environment).toEqual(handlerEnvironment)
  })
})

function environmentOf(name: string): Readonly<Record<string, unknown>> {
  return (named(name).Environment as { Variables: Record<string, unknown> }).Variables
}

function textsOf(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(environmentOf(name)).map(([key, value]) => [key, dev.text(value)]))
}
