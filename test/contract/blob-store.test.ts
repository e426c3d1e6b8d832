import { expect, test } from 'vitest'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

const LARGEST = 256 * 1_024

describeBackends('blobs', backend => {
  test('H7 H8 a text comes back unit for unit: the largest, the deepest, the oddest', async () => {
    const texts = {
      empty: '""',
      largest: JSON.stringify('x'.repeat(LARGEST - 2)),
      'multi-byte': JSON.stringify('🐙ü\u0000\u001f"\\'.repeat(5_000)),
      deep: '['.repeat(500) + ']'.repeat(500),
      digits: `{"n":1${'0'.repeat(60)}.25,"":{"__proto__":1}}`,
    }
    for (const [key, text] of Object.entries(texts)) await backend.blobs.put('task-1', key, text)
    for (const [key, text] of Object.entries(texts)) expect(await backend.blobs.get('task-1', key), key).toBe(text)
  })

  test('texts are told apart by task and by key', async () => {
    await backend.blobs.put('task-1', 'a', '1')
    await backend.blobs.put('task-1', 'b', '2')
    await backend.blobs.put('task-2', 'a', '3')
    expect(await backend.blobs.get('task-1', 'a')).toBe('1')
    expect(await backend.blobs.get('task-1', 'b')).toBe('2')
    expect(await backend.blobs.get('task-2', 'a')).toBe('3')
  })

  test('what was not put is not there', async () => {
    await backend.blobs.put('task-1', 'a', '1')
    expect(await backend.blobs.get('task-1', 'b')).toBeUndefined()
    expect(await backend.blobs.get('task-2', 'a')).toBeUndefined()
  })

  test('H7 a text can be put before its row, and stays while the row lives', async () => {
    const text = JSON.stringify('y'.repeat(backend.blobs.inlineBytes))
    await backend.blobs.put('task_7', 'body-1', text)
    const task = await backend.submitted({ id: 'task_7', payloadAt: 'body-1' }, at('10:00:01'))
    expect(await backend.blobs.get(task.id, task.payloadAt ?? '')).toBe(text)
  })

  test('a payload of the length that belongs into a row is kept there', async () => {
    const payload = JSON.stringify('z'.repeat(backend.blobs.inlineBytes - 2))
    const task = await backend.submitted({ payload }, at('10:00:01'))
    expect((await backend.tasks.read(task.id))?.payload).toBe(payload)
  })
})
