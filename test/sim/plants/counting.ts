import { DUE_SECOND } from '../../../shared/aws/deltas.ts'
import type { Plant } from '../plant.ts'
import { onSend } from './spoil.ts'

const counted = { settings: { counted: true, reconciled: false } }

interface Names {
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly N?: string }>>
}

/** Who no longer waits stays in the second in which it was due. */
function neverFewerInASecond(input: Readonly<Record<string, unknown>>): object {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input as unknown as Names // of counters
  const kept = Object.entries(values).map(([value, each]) => {
    const isLess = names[`#${value.slice(1)}`]?.startsWith(DUE_SECOND) && Number(each.N) < 0
    return [value, isLess ? { N: '0' } : each]
  })
  return { ...input, ExpressionAttributeValues: Object.fromEntries(kept) }
}

/** Rules of the change stream, of counters and of rows that are removed. */
export const counting: readonly Plant[] = [
  {
    name: 'counters-without-fence',
    breaks: ['P15'],
    ...counted,
    rates: { streamReplayed: 0.3 },
    patch: { countersClient: onSend('UpdateItem', ({ ConditionExpression: _, ...input }) => input) },
  },
  {
    name: 'failed-records-passed-over',
    breaks: ['P15'],
    ...counted,
    rates: { throttled: 0.4, serverError: 0.3 },
    patch: { changes: handle => portion => handle(portion).then(() => ({ from: undefined })) },
  },
  {
    name: 'removals-not-counted',
    breaks: ['P15'],
    settings: { ...counted.settings, retentionMs: 60_000 },
    patch: {
      changes: handle => portion =>
        handle({ ...portion, records: portion.records.filter(({ dynamodb }) => dynamodb?.NewImage) }),
    },
  },
  {
    name: 'seconds-counted-up-only',
    breaks: ['P15'],
    ...counted,
    patch: { countersClient: onSend('UpdateItem', neverFewerInASecond) },
  },
  {
    name: 'fence-of-no-shard',
    breaks: ['P15'],
    ...counted,
    rates: { streamLate: 0.3 },
    patch: { changes: handle => portion => handle({ ...portion, shard: 'shardId-0' }) },
  },
  {
    name: 'requeue-keeps-expiry',
    breaks: ['P1'],
    settings: { changes: 20, retentionMs: 60_000 },
    patch: {
      dynamodb: onSend('UpdateItem', input => ({
        ...input,
        UpdateExpression: String(input.UpdateExpression).replace(/, #ttl(?=,|$)/, ''),
      })),
    },
  },
  {
    name: 'expiry-of-live-rows',
    breaks: ['P1'],
    patch: {
      dynamodb: onSend('PutItem', ({ Item, ...input }) => ({
        ...input,
        Item: { ...(Item as object), ttl: { N: '1' } },
      })),
    },
  },
]
