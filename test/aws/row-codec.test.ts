import { randomBytes } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeEntry, encodeEntry } from '../../shared/aws/history-codec.ts'
import { placeOf, timeOf } from '../../shared/aws/places.ts'
import { attributes, decodeRow, encodeRow } from '../../shared/aws/row-codec.ts'
import { LIST_SHARDS, shardOf, unsharded } from '../../shared/aws/shards.ts'
import { decodeText, encodeText } from '../../shared/aws/text-codec.ts'
import { type HistoryEntry, type TaskRow, taskStates } from '../../shared/core/task.ts'
import { encodeTime, taskId } from '../../shared/core/task-id.ts'
import { submit } from '../../shared/core/transitions.ts'
import { at } from '../helpers/clock.ts'

const full: TaskRow = {
  id: taskId('01JXQ8Z4M0ABCDEFGHJKMNPQRS'),
  name: 'send#email',
  owner: 'user_3#2',
  priority: 4,
  state: 'RUNNING',
  run: 2,
  attempt: 3,
  attemptsLeft: 5,
  maxAttempts: 8,
  runAt: at('10:00:01'),
  wakeAt: at('10:00:02'),
  createdAt: at('10:00:03'),
  startedAt: at('10:00:04'),
  finishedAt: at('10:00:05'),
  expiresAt: at('10:00:06'),
  cancelRequestedAt: at('10:00:07'),
  version: at('10:00:08'),
  schemaVersion: 1,
  title: '',
  description: 'it\'s "quoted"\n🐙',
  tags: Object.fromEntries([
    ['constructor', 'a'],
    ['__proto__', 'b'],
    ['', ''],
  ]),
  payload: '{"n":12345678901234567890.5}',
  payloadAt: 'body-1',
  fingerprint: 'print',
  policy: { timeoutMs: 45_000, backoff: { kind: 'list', delays: ['1s', 250] } },
  progress: { percent: 12.5, message: 'half of a quarter' },
  result: 'null',
  resultAt: 'body-2',
  lastError: { name: 'E', message: 'm', stack: 's', code: 'timed_out', fingerprint: 'f' },
  history: [{ at: at('10:00:09'), to: 'PENDING' }],
  scheduleId: 'sch_2',
  scheduledFor: 1_767_225_600_001,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  leaseToken: 'token-A',
  heldBy: 'message-11',
}

describe('a row', () => {
  test('is read back with every field as it was', () => {
    expect(decodeRow(encodeRow(full))).toEqual(full)
  })

  test('without the fields that are absent has no attribute for them', () => {
    const { payload: _, tags: __, ...rest } = full
    const item = encodeRow(rest)
    expect(decodeRow(item)).toEqual(rest)
    expect(item).not.toHaveProperty(attributes.payload)
    expect(item).not.toHaveProperty(attributes.tags)
  })

  test('of a newer version, with attributes that nobody here knows, is read all the same', () => {
    expect(decodeRow({ ...encodeRow(full), future: { M: { a: { BOOL: true } } } })).toEqual(full)
  })

  test('has no two fields in one attribute, and none in the ones that follow from its state', () => {
    const used = Object.values(attributes)
    expect(new Set([...used, 'sk', 'ttl', 'dp', 'ds']).size).toBe(used.length + 4)
  })

  test('H8 keeps its payload unit for unit, compressed or not', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(60), (json, times) => {
        const payload = JSON.stringify([json, 'x'.repeat(times * 7)])
        expect(decodeRow(encodeRow({ ...full, payload })).payload).toBe(payload)
      }),
    )
  })

  test('H8 keeps a payload that a map could not hold: deep, with long numbers and odd keys', () => {
    for (const payload of [
      '['.repeat(400) + ']'.repeat(400),
      `{"n":1${'0'.repeat(60)}.25,"":{"__proto__":1}}`,
      '"\\ud800"',
    ])
      expect(decodeRow(encodeRow({ ...full, payload })).payload).toBe(payload)
  })
})

describe('a text', () => {
  test('is compressed where that makes it shorter', () => {
    const lines = JSON.stringify({ lines: Array.from({ length: 20 }, (_, line) => `line ${line} of many`) })
    const encoded = encodeText(lines)
    expect(encoded.B?.length).toBeLessThan(Buffer.byteLength(lines) / 2)
    expect(decodeText(encoded)).toBe(lines)
    const noise = JSON.stringify(randomBytes(600).toString('latin1'))
    expect(sizeOf(encodeText(noise))).toBeLessThanOrEqual(Buffer.byteLength(noise))
    expect(encodeText('"short"')).toEqual({ S: '"short"' })
  })
})

describe('the history', () => {
  test('is read back entry by entry, with all of its words', () => {
    const text = fc.string({ unit: 'binary' }).map(text => text.toWellFormed())
    const entry = fc.record(
      {
        at: fc.integer({ min: 0, max: 32 ** 10 - 1 }),
        to: fc.constantFrom(...taskStates),
        attempt: fc.nat(),
        why: text,
        by: text,
        folded: fc.nat(),
      },
      { requiredKeys: ['at', 'to'] },
    )
    fc.assert(
      fc.property(entry, each => {
        expect(decodeEntry(encodeEntry(each as HistoryEntry))).toEqual(each)
      }),
    )
  })

  test('takes a dozen bytes for a start, and for an end', () => {
    expect(encodeEntry({ at: at('10:00:01'), to: 'RUNNING' })).toHaveLength(11)
    expect(encodeEntry({ at: at('10:00:01'), to: 'COMPLETED', attempt: 1 })).toHaveLength(12)
  })
})

describe('places in lists', () => {
  test('sort as times do, and tell their time', () => {
    const time = fc.integer({ min: 0, max: 32 ** 10 - 1 })
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(timeOf(placeOf(a, full.id))).toBe(a)
        expect(placeOf(a, full.id) < placeOf(b, full.id)).toBe(a < b)
      }),
    )
  })

  test('of one time differ as the ids do', () => {
    const ids = Array.from({ length: 50 }, (_, made) => taskId(encodeTime(7) + String(made).padStart(16, '0')))
    expect(new Set(ids.map(id => placeOf(at('10:00:00'), id))).size).toBe(50)
  })

  test('H21 lie in all shards alike', () => {
    const counts = new Map<number, number>()
    for (let made = 0; made < 4_000; made++) {
      const shard = shardOf(taskId(encodeTime(at('10:00:00')) + String(made).padStart(16, '0')))
      counts.set(shard, (counts.get(shard) ?? 0) + 1)
    }
    expect(counts.size).toBe(LIST_SHARDS)
    for (const count of counts.values()) expect(count).toBeGreaterThan(800)
  })

  test('an owner may have any name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), owner => {
        const row = submit({ ...full, owner }, at('10:00:00')).row
        expect(decodeRow(encodeRow(row)).owner).toBe(owner)
      }),
    )
    expect(unsharded('a#b#3')).toBe('a#b')
  })
})

function sizeOf(value: AttributeValue): number {
  return value.B?.length ?? Buffer.byteLength(value.S ?? '')
}
