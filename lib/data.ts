import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { appTable, tasksTable } from '../shared/aws/names.ts'
import { acknowledge } from './acknowledge.ts'
import type { Settings } from './settings.ts'

/**
 * The two tables. Each is a table of one region: a global one would let two regions claim the same task (H105).
 * They have no names of their own, so that one that was kept when its stage was destroyed is not in the way of the next.
 */
export class Data extends Construct {
  readonly tasks: Table
  readonly app: Table

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const keep = settings.removal === 'retain'
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Free, and without a key whose loss would be an outage (H106).
      encryption: TableEncryption.DEFAULT,
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: keep },
    } satisfies Partial<TableProps>

    this.tasks = new Table(this, 'Tasks', {
      ...common,
      partitionKey: text(tasksTable.partitionKey),
      sortKey: text(tasksTable.sortKey),
      timeToLiveAttribute: tasksTable.ttl,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    })
    for (const { index, partitionKey, sortKey } of [tasksTable.byOwner, tasksTable.byName, tasksTable.dead]) {
      this.tasks.addGlobalSecondaryIndex({
        indexName: index,
        partitionKey: text(partitionKey),
        sortKey: text(sortKey),
        projectionType: ProjectionType.KEYS_ONLY,
      })
    }
    this.app = new Table(this, 'App', {
      ...common,
      partitionKey: text(appTable.partitionKey),
      sortKey: text(appTable.sortKey),
      timeToLiveAttribute: appTable.ttl,
    })
    if (!keep) {
      const reason = 'The data of this stage go with it; stages that keep theirs have backups for 35 days.'
      for (const table of [this.tasks, this.app]) acknowledge(table, 'AwsSolutions-DDB3', reason)
    }
  }

  get stream(): string {
    const arn = this.tasks.tableStreamArn
    if (arn === undefined) throw new TypeError('the tasks table has no stream')
    return arn
  }

  /** ARN of an index of the tasks table. */
  index(name: 'byOwner' | 'byName' | 'dead'): string {
    return `${this.tasks.tableArn}/index/${tasksTable[name].index}`
  }
}

function text(name: string) {
  return { name, type: AttributeType.STRING }
}
