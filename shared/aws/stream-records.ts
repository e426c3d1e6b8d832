import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Pause } from '../core/dispatch.ts'
import type { TableChange } from '../ports/table-changes.ts'
import { decodeCounted } from './counted-row.ts'
import { DISPATCH_PARTITION, decodePause } from './dispatch-store.ts'
import { tasksTable } from './names.ts'
import { type Item, ROW_SORT_KEY } from './row-codec.ts'

/** A record of the tasks table's stream, as a function is given it. Bytes are base64 there, so what holds them is not looked at. */
export interface StreamRecord {
  readonly userIdentity?: { readonly type?: string; readonly principalId?: string }
  readonly dynamodb?: {
    readonly SequenceNumber?: string
    readonly Keys?: Image
    readonly OldImage?: Image
    readonly NewImage?: Image
  }
}
type Image = Readonly<Record<string, object>>

/** An event of the stream. */
export interface StreamEvent {
  /** None when a window of time ends in which something came. */
  readonly Records?: readonly StreamRecord[]
  /** Given only by a mapping with a tumbling window. */
  readonly shardId?: string
}

/** A stream that does not name its shards is taken for one: right as long as it has no more. */
const ONLY_SHARD = 'only'

export function shardIdOf({ shardId }: StreamEvent): string {
  return shardId ?? ONLY_SHARD
}

/** @throws TypeError for a record that nobody can read, however often it comes (H90) */
export function decodeRecord({ dynamodb, userIdentity }: StreamRecord): TableChange {
  const sequence = dynamodb?.SequenceNumber
  if (sequence === undefined || !/^\d{1,40}$/.test(sequence)) throw new TypeError('it has no sequence number')
  const { Keys, OldImage, NewImage } = dynamodb ?? {}
  const partition = textOf(Keys?.[tasksTable.partitionKey])
  const key = textOf(Keys?.[tasksTable.sortKey])
  if (partition === undefined || key === undefined) throw new TypeError('it has no key')
  if (partition === DISPATCH_PARTITION) {
    return {
      kind: 'pause',
      sequence,
      ...(OldImage && { before: pauseOf(OldImage) }),
      ...(NewImage && { after: pauseOf(NewImage) }),
      byExpiry: userIdentity?.type === 'Service' && userIdentity.principalId === 'dynamodb.amazonaws.com',
    }
  }
  if (key !== ROW_SORT_KEY) return { kind: 'other', sequence }
  return {
    kind: 'row',
    sequence,
    ...(OldImage && { before: decodeCounted(itemOf(OldImage)) }),
    ...(NewImage && { after: decodeCounted(itemOf(NewImage)) }),
  }
}

/** For an answer that names records. */
export function sequenceNumberOf({ dynamodb }: StreamRecord): string | undefined {
  return dynamodb?.SequenceNumber
}

function pauseOf(image: Image): Pause {
  const pause: Partial<Pause> | null = decodePause(itemOf(image))
  if (typeof pause?.selector?.kind !== 'string') throw new TypeError('its pause holds nothing back')
  return pause as Pause // which somebody else than Pulse may have written
}

function textOf(value: object | undefined): string | undefined {
  return value && 'S' in value && typeof value.S === 'string' ? value.S : undefined
}

/** The same as the client of the table answers, but for bytes. */
function itemOf(image: Image): Item {
  return image as Readonly<Record<string, AttributeValue>>
}
