import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Change, Committed, Creation, Update } from '../core/change.ts'
import type { Instant, TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { call, ITEM_DEADLINE_MS } from './clients.ts'
import { isConflict } from './conflict.ts'
import { absentRow, updateExpressions } from './expressions.ts'
import type { AwsHintQueue } from './hint-queue.ts'
import { createLimit } from './limit.ts'
import { decodeRow, encodeRow, rowKey } from './row-codec.ts'

export interface CommitParts {
  readonly dynamodb: DynamoDBClient
  readonly tableName: string
  readonly hints: AwsHintQueue
  /** The row as of now. */
  readonly read: (id: string) => Promise<TaskRow | undefined>
  readonly retentionMs: number
  readonly clock: Clock
}

/** A client has 50 connections; what goes beyond them would wait inside it with its deadline running. */
const WRITES_AT_A_TIME = 48
/**
 * A write that has waited so long for its turn is not begun any more: the gateway is about to tell the caller that nobody knows what
 * became of the request, and the function must have ended by then (H5).
 */
const PATIENCE_MS = 15_000

/**
 * One conditional write, then the hint. The row is written alone, by a put or an update of its own: a batch write has no conditions
 * (H12).
 */
export function createCommit(parts: CommitParts): (change: Change) => Promise<Committed> {
  const { dynamodb, tableName, hints, read, retentionMs, clock } = parts
  const limit = createLimit(WRITES_AT_A_TIME)

  async function commit(change: Change): Promise<Committed> {
    if (change.expect !== 'absent' && change.backstopAt !== undefined)
      await sendBackstop(change.task, change.backstopAt)
    return change.hintAt === undefined ? write(change) : writeAndHint(change, change.hintAt)
  }

  /** Whose hint? The row's, which the change does not carry. One that is gone needs none, and the write will say so. */
  async function sendBackstop(task: string, at: Instant): Promise<void> {
    const row = await read(task)
    if (row) await hints.send(row, at)
  }

  async function writeAndHint(change: Change, at: Instant): Promise<Committed> {
    // Told beforehand, so that the hints of rows that are written together travel together.
    const hint = hints.expect()
    let committed: Committed
    try {
      committed = await write(change)
    } catch (error) {
      hint.drop()
      throw error
    }
    if (committed.ok) await hint.send(committed.row, at)
    else hint.drop()
    return committed
  }

  function write(change: Change): Promise<Committed> {
    const cameAt = clock.now()
    return limit(async () => {
      if (clock.now() - cameAt > PATIENCE_MS) throw new StoreUnavailable('too many writes were waiting')
      return change.expect === 'absent' ? create(change) : update(change)
    })
  }

  function create({ row }: Creation): Promise<Committed> {
    return conditional(async options => {
      const put = new PutItemCommand({
        TableName: tableName,
        Item: encodeRow(row),
        ...absentRow,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      await dynamodb.send(put, options)
      return row
    })
  }

  function update(change: Update): Promise<Committed> {
    return conditional(async options => {
      const update = new UpdateItemCommand({
        TableName: tableName,
        Key: rowKey(change.task),
        ...updateExpressions(change, retentionMs),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      const { Attributes } = await dynamodb.send(update, options)
      return decodeRow(Attributes ?? {})
    })
  }

  async function conditional(send: (options: CallOptions) => Promise<TaskRow>): Promise<Committed> {
    try {
      return { ok: true, row: await call(clock, ITEM_DEADLINE_MS, send, isAnswer) }
    } catch (error) {
      if (!isConflict(error)) throw error
      return { ok: false, winner: error.Item && decodeRow(error.Item) }
    }
  }

  return commit
}

type CallOptions = { readonly abortSignal: AbortSignal }

/** A lost condition is an answer; a refused request is a mistake of this program, and no outage. */
function isAnswer(error: unknown): boolean {
  return isConflict(error) || (error instanceof Error && error.name === 'ValidationException')
}
