import { expect, test } from 'vitest'
import type { LogLine } from '../../shared/ports/log-store.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

function line(number: number): LogLine {
  const level = (['info', 'warn', 'error'] as const)[number % 3] ?? 'info'
  const fields = number % 2 === 0 ? { fields: { number, nested: { text: 'ü' } } } : {}
  return { at: at('10:00:00') + number, run: 1, attempt: number + 1, level, message: `line ${number}\n🐙`, ...fields }
}
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => line(from + index))

describeBackends('log lines', backend => {
  test('come back as they were written, oldest first', async () => {
    await backend.logs.append('task-1', lines(0, 3))
    await backend.logs.append('task-1', lines(3, 5))
    expect(await backend.logs.read('task-1', 50)).toEqual({ lines: lines(0, 5) })
  })

  test('of one millisecond keep their order', async () => {
    const same = lines(0, 9).map(each => ({ ...each, at: at('10:00:00') }))
    await backend.logs.append('task-1', same.slice(0, 4))
    for (const each of same.slice(4)) await backend.logs.append('task-1', [each])
    expect((await backend.logs.read('task-1', 50)).lines).toEqual(same)
  })

  test('are read page by page without gaps or doubles', async () => {
    await backend.logs.append('task-1', lines(0, 10))
    const first = await backend.logs.read('task-1', 4)
    expect(first.lines).toEqual(lines(0, 4))
    const second = await backend.logs.read('task-1', 4, first.next)
    expect(second.lines).toEqual(lines(4, 8))
    expect(await backend.logs.read('task-1', 4, second.next)).toEqual({ lines: lines(8, 10) })
  })

  test('SEC-16 belong to one task', async () => {
    await backend.logs.append('task-1', lines(0, 2))
    await backend.logs.append('task-2', lines(2, 4))
    expect(await backend.logs.read('task-2', 50)).toEqual({ lines: lines(2, 4) })
    expect(await backend.logs.read('task-3', 50)).toEqual({ lines: [] })
  })

  test('appended together are kept whole', async () => {
    await Promise.all([0, 10, 20].map(from => backend.logs.append('task-1', lines(from, from + 10))))
    const { lines: kept } = await backend.logs.read('task-1', 50)
    expect(kept.toSorted((a, b) => a.at - b.at)).toEqual(lines(0, 30))
  })
})
