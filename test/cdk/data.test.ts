import { describe, expect, test } from 'vitest'
import { stageOf } from './stage.ts'

const TABLE = 'AWS::DynamoDB::Table'
const dev = stageOf()
const prod = stageOf({ stage: 'prod' })

describe('the tables', () => {
  test('H105 SEC-42 are tables of one region, and there are two', () => {
    for (const stage of [dev, prod]) {
      expect([...stage.of(TABLE).keys()]).toEqual(['Data/Tasks', 'Data/App'])
      const types = Object.values(stage.template.Resources).map(({ Type }) => Type)
      expect(types.filter(type => type.startsWith('AWS::DynamoDB::') && type !== TABLE)).toEqual([])
      for (const { Properties } of stage.of(TABLE).values()) expect(Properties).not.toHaveProperty('Replicas')
    }
  })

  test('the tasks table has the keys and indexes that the code uses', () => {
    expect(dev.at(TABLE, 'Data/Tasks').Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [index('by-owner', 'o', 'c'), index('by-name', 'n', 'c'), index('dead', 'dp', 'ds')],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    })
  })

  test('the app table has no stream and no index', () => {
    const { Properties } = dev.at(TABLE, 'Data/App')
    expect(Properties).toMatchObject({ TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } })
    expect(Properties).not.toHaveProperty('StreamSpecification')
    expect(Properties).not.toHaveProperty('GlobalSecondaryIndexes')
  })

  test('of a stage for developing go with it', () => {
    for (const table of dev.of(TABLE).values()) {
      expect(table).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' })
      expect(table.Properties).toMatchObject({
        DeletionProtectionEnabled: false,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      })
    }
  })

  test.each(['prod', 'staging', 'test'])('SEC-42 of the stage %s are kept, protected, and can be restored', name => {
    for (const table of stageOf({ stage: name }).of(TABLE).values()) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
      expect(table.Properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      })
    }
  })

  test('have no name of their own, so that one that was kept is not in the way of the next', () => {
    for (const { Properties } of prod.of(TABLE).values()) expect(Properties).not.toHaveProperty('TableName')
  })
})

test('H69 a stage with tasks in it is not destroyed by a slip of the hand, unless its data are to go', () => {
  expect(prod.stack.terminationProtection).toBe(true)
  expect(dev.stack.terminationProtection).toBe(false)
  expect(stageOf({ stage: 'prod', removal: 'destroy' }).stack.terminationProtection).toBe(false)
})

function index(name: string, hash: string, range: string) {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' },
      { AttributeName: range, KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  }
}
