import { expect, test } from 'vitest'
import type { RecordKey, RecordQuery, RecordWrite, StoredRecord } from '../../shared/ports/record-store.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

const key = (sort: string, partition = 'users'): RecordKey => ({ partition, sort })

/** Text that means something to a statement, a key or a pattern of some store. */
const hostile = [
  '#',
  "'",
  '"',
  ':',
  '%',
  '_',
  '*',
  '\\',
  '$',
  '`',
  '--',
  '; DROP TABLE record',
  ':version',
  '#pk',
  'ü',
  '🐙',
  '\u{10ffff}',
  '\uffff',
  '\ud7ff',
  ' ',
]

describeBackends('records', backend => {
  const { write, read } = {
    write: (...writes: RecordWrite[]) => backend.records.write(writes),
    read: (sort: string, partition?: string) => backend.records.read(key(sort, partition)),
  }
  const put = async (sort: string, value: unknown = { of: sort }, partition?: string) =>
    expect(await write({ key: key(sort, partition), expect: 'absent', value })).toBe(true)
  const sorts = async (query: Partial<RecordQuery>) => {
    const { records, next } = await backend.records.list({ partition: 'users', limit: 50, ...query })
    return { sorts: records.map(({ key: { sort } }) => sort), next }
  }

  test('a record is written where there is none, once', async () => {
    expect(await read('ada')).toBeUndefined()
    expect(await write({ key: key('ada'), expect: 'absent', value: { role: 'admin' } })).toBe(true)
    const stored: StoredRecord = { key: key('ada'), version: 1, value: { role: 'admin' } }
    expect(await read('ada')).toEqual(stored)
    expect(await write({ key: key('ada'), expect: 'absent', value: { role: 'viewer' } })).toBe(false)
    expect(await read('ada')).toEqual(stored)
  })

  test('a record is changed by whoever knows its version, which goes up by one', async () => {
    await put('ada', 'one')
    expect(await write({ key: key('ada'), expect: 2, value: 'three' })).toBe(false)
    expect(await write({ key: key('ada'), expect: 1, value: 'two' })).toBe(true)
    expect(await write({ key: key('ada'), expect: 1, value: 'other' })).toBe(false)
    expect(await read('ada')).toEqual({ key: key('ada'), version: 2, value: 'two' })
    expect(await write({ key: key('bob'), expect: 1, value: 'none' })).toBe(false)
    expect(await read('bob')).toBeUndefined()
  })

  test('a record is removed by whoever knows its version, and begins at 1 again', async () => {
    await put('ada')
    expect(await write({ key: key('ada'), expect: 1, value: 'two' })).toBe(true)
    expect(await write({ key: key('ada'), expect: 1, value: undefined })).toBe(false)
    expect(await read('ada')).toMatchObject({ version: 2 })
    expect(await write({ key: key('ada'), expect: 2, value: undefined })).toBe(true)
    expect(await read('ada')).toBeUndefined()
    expect(await write({ key: key('ada'), expect: 2, value: undefined })).toBe(false)
    await put('ada', 'again')
    expect(await read('ada')).toMatchObject({ version: 1, value: 'again' })
  })

  test('that there is none can be demanded without writing', async () => {
    expect(await write({ key: key('ada'), expect: 'absent', value: undefined })).toBe(true)
    expect(await read('ada')).toBeUndefined()
    await put('ada')
    expect(await write({ key: key('ada'), expect: 'absent', value: undefined })).toBe(false)
    expect(await read('ada')).toMatchObject({ version: 1 })
  })

  test('several writes are done together', async () => {
    await put('ada', 'old')
    await put('bob', 'goes')
    const writes: RecordWrite[] = [
      { key: key('ada'), expect: 1, value: 'new' },
      { key: key('bob'), expect: 1, value: undefined },
      { key: key('eve'), expect: 'absent', value: 'came', expiresAt: at('11:00:00') + 7 },
      { key: key('1', 'audit'), expect: 'absent', value: ['ada', 'bob', 'eve'] },
    ]
    expect(await write(...writes)).toBe(true)
    expect(await sorts({})).toEqual({ sorts: ['ada', 'eve'], next: undefined })
    expect(await read('ada')).toEqual({ key: key('ada'), version: 2, value: 'new' })
    expect(await read('1', 'audit')).toMatchObject({ version: 1, value: ['ada', 'bob', 'eve'] })
    expect(await write(...writes)).toBe(false)
    expect(await write()).toBe(true)
  })

  test('ten writes of which the last finds another version leave everything as it was', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    for (const name of names) await put(name, 'old')
    const before = await backend.records.list({ partition: 'users', limit: 50 })
    const writes: RecordWrite[] = [
      { key: key('a'), expect: 1, value: undefined },
      ...names.slice(1).map(name => ({ key: key(name), expect: 1, value: 'new' })),
      { key: key('i'), expect: 'absent', value: 'new' },
    ]
    expect(await write(...writes, { key: key('z'), expect: 1, value: 'new' })).toBe(false)
    expect(await backend.records.list({ partition: 'users', limit: 50 })).toEqual(before)
    expect(await write(...writes, { key: key('z'), expect: 'absent', value: 'new' })).toBe(true)
    expect(await sorts({})).toMatchObject({ sorts: [...names.slice(1), 'i', 'z'] })
  })

  test('of four writes any one that is refused refuses all', async () => {
    for (const wrong of [0, 1, 2, 3]) {
      const partition = `users of ${wrong}`
      await put('1', 'old', partition)
      await put('2', 'old', partition)
      const writes: RecordWrite[] = [
        { key: key('1', partition), expect: wrong === 0 ? 2 : 1, value: 'new' },
        { key: key('2', partition), expect: wrong === 1 ? 7 : 1, value: undefined },
        { key: key('3', partition), expect: wrong === 2 ? 1 : 'absent', value: 'new' },
        { key: key(wrong === 3 ? '2.' : '4', partition), expect: wrong === 3 ? 1 : 'absent', value: undefined },
      ]
      expect(await write(...writes), `write ${wrong}`).toBe(false)
      expect((await backend.records.list({ partition, limit: 9 })).records).toMatchObject([
        { key: { sort: '1' }, version: 1, value: 'old' },
        { key: { sort: '2' }, version: 1, value: 'old' },
      ])
    }
  })

  test('H83 a second call with the same content is judged by versions, however soon it comes', async () => {
    const one: RecordWrite = { key: key('ada'), expect: 'absent', value: 'same' }
    const other: RecordWrite = { key: key('bob'), expect: 'absent', value: 'same' }
    expect(await write(one, other)).toBe(true)
    expect(await write(one, other)).toBe(false)
    expect(await write(one)).toBe(false)
    expect(await write({ ...one, expect: 1 }, { ...other, expect: 1 })).toBe(true)
    expect(await write({ ...one, expect: 1 }, { ...other, expect: 1 })).toBe(false)
    expect(await read('ada')).toMatchObject({ version: 2 })
  })

  test('of two changes of one version at the same time exactly one is done, also when they say the same', async () => {
    await put('ada')
    for (let version = 1; version < 6; version++) {
      const changes = [1, 2, 3].map(() => write({ key: key('ada'), expect: version, value: 'same' }))
      expect((await Promise.all(changes)).filter(Boolean), `version ${version}`).toHaveLength(1)
      expect(await read('ada')).toMatchObject({ version: version + 1 })
    }
  })

  test('of two groups of writes at the same time that share one record exactly one is done', async () => {
    await put('shared')
    const groups = ['1', '2'].map(name =>
      write({ key: key(name), expect: 'absent', value: name }, { key: key('shared'), expect: 1, value: name }),
    )
    const done = await Promise.all(groups)
    expect(done.filter(Boolean)).toHaveLength(1)
    const winner = done[0] ? '1' : '2'
    expect(await sorts({})).toMatchObject({ sorts: [winner, 'shared'] })
    expect(await read('shared')).toMatchObject({ version: 2, value: winner })
  })

  test('H81 an expiry is kept to the millisecond, and what has expired is told with it', async () => {
    const expiries = {
      past: at('09:59:59') + 1,
      near: at('10:00:00') + 999,
      far: at('10:00:00') + 86_400_000 * 400 + 123,
    }
    for (const [name, expiresAt] of Object.entries(expiries)) {
      expect(await write({ key: key(name), expect: 'absent', value: name, expiresAt })).toBe(true)
    }
    backend.setNow(at('23:00:00'))
    for (const [name, expiresAt] of Object.entries(expiries)) {
      expect(await read(name)).toEqual({ key: key(name), version: 1, value: name, expiresAt })
    }
    const { records } = await backend.records.list({ partition: 'users', limit: 9 })
    expect(records.map(({ expiresAt }) => expiresAt)).toEqual([expiries.far, expiries.near, expiries.past])
  })

  test('an expiry goes with the write that says none', async () => {
    await write({ key: key('ada'), expect: 'absent', value: 1, expiresAt: at('11:00:00') })
    expect(await write({ key: key('ada'), expect: 1, value: 2 })).toBe(true)
    expect(await read('ada')).toEqual({ key: key('ada'), version: 2, value: 2 })
  })

  test('values come back as the JSON they are', async () => {
    const values: Record<string, unknown> = {
      unicode: 'ü 🐙 \u0000 \ud800 \u2028 "\\',
      numbers: [0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, 1e-7],
      nothing: null,
      no: false,
      empty: ['', {}, []],
      proto: JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":null}'),
      nested: { a: [{ b: { c: ['d', { '': 1 }] } }] },
      long: 'x'.repeat(100_000),
    }
    for (const [name, value] of Object.entries(values)) {
      await put(name, value)
      const stored = await read(name)
      expect(JSON.stringify(stored?.value), name).toBe(JSON.stringify(value))
    }
    expect({}).not.toHaveProperty('admin')
  })

  test('SEC-35 keys are text and nothing else, whatever stands in them', async () => {
    const partitions = hostile.map(text => `p${text}`)
    for (const partition of partitions) await put(`s${partition}`, partition, partition)
    for (const text of hostile) await put(text)
    for (const partition of partitions) {
      const { records } = await backend.records.list({ partition, limit: 50 })
      expect(records).toEqual([{ key: key(`s${partition}`, partition), version: 1, value: partition }])
    }
    for (const text of hostile) {
      expect(await read(text)).toMatchObject({ key: key(text), value: { of: text } })
      expect((await sorts({ prefix: text })).sorts, `prefix ${text}`).toEqual(
        inOrder(hostile.filter(each => each.startsWith(text))),
      )
      expect(await write({ key: key(text), expect: 1, value: 'changed' })).toBe(true)
    }
    expect(await write(...hostile.slice(0, 10).map(text => ({ key: key(text), expect: 2, value: undefined })))).toBe(
      true,
    )
    expect(await sorts({})).toMatchObject({ sorts: inOrder(hostile.slice(10)) })
  })

  test('keys whose parts run into each other are different keys', async () => {
    await put('c', 1, 'a#b')
    await put('b#c', 2, 'a')
    await put('c', 3, 'a')
    expect(await read('c', 'a#b')).toMatchObject({ value: 1 })
    expect(await read('b#c', 'a')).toMatchObject({ value: 2 })
    expect((await backend.records.list({ partition: 'a', limit: 9 })).records.map(({ value }) => value)).toEqual([2, 3])
  })

  test('lists are in the order of the keys, forwards and backwards', async () => {
    const all = ['b', 'a', 'a#1', 'B', '10', '9', 'ä', '🐙', '\uffee', 'a#10', 'a#2']
    for (const sort of all) await put(sort)
    await put('other', 1, 'users2')
    expect(await sorts({})).toEqual({ sorts: inOrder(all), next: undefined })
    expect(await sorts({ backwards: true })).toEqual({ sorts: inOrder(all).toReversed(), next: undefined })
    expect(await sorts({ partition: 'nobody' })).toEqual({ sorts: [], next: undefined })
  })

  test('a prefix limits a list to what begins so', async () => {
    for (const sort of ['a', 'ab', 'ab#', 'ab#1', 'ab#2', 'ab$', 'abc', 'b']) await put(sort)
    expect(await sorts({ prefix: 'ab#' })).toMatchObject({ sorts: ['ab#', 'ab#1', 'ab#2'] })
    expect(await sorts({ prefix: 'ab#', backwards: true })).toMatchObject({ sorts: ['ab#2', 'ab#1', 'ab#'] })
    expect(await sorts({ prefix: 'b' })).toMatchObject({ sorts: ['b'] })
    expect(await sorts({ prefix: 'ac' })).toMatchObject({ sorts: [] })
    expect(await sorts({ prefix: '' })).toMatchObject({ sorts: ['a', 'ab', 'ab#', 'ab#1', 'ab#2', 'ab$', 'abc', 'b'] })
  })

  test.each([
    { backwards: false, prefix: undefined },
    { backwards: true, prefix: undefined },
    { backwards: false, prefix: 'k1' },
    { backwards: true, prefix: 'k1' },
  ])('lists are read page by page without gaps or doubles %o', async how => {
    const all = Array.from({ length: 23 }, (_, index) => `k${index}`)
    await Promise.all(all.map(sort => put(sort)))
    const query: Partial<RecordQuery> = { backwards: how.backwards, ...(how.prefix && { prefix: how.prefix }) }
    const wanted = inOrder(all.filter(sort => sort.startsWith(how.prefix ?? '')))
    if (how.backwards) wanted.reverse()
    for (const limit of [1, 4, wanted.length - 1, wanted.length, wanted.length + 1]) {
      const found: string[] = []
      let after: string | undefined
      do {
        const page = await sorts({ ...query, limit, ...(after !== undefined && { after }) })
        expect(page.sorts.length).toBeLessThanOrEqual(limit)
        expect(page.next === undefined || page.next === page.sorts.at(-1)).toBe(true)
        found.push(...page.sorts)
        after = page.next
      } while (after !== undefined)
      expect(found, `${limit} at a time`).toEqual(wanted)
    }
  })

  test('a page may begin behind any key, whether there is such a record or not', async () => {
    for (const sort of ['a', 'm1', 'm2', 'm3', 'z']) await put(sort)
    const after = async (text: string, query: Partial<RecordQuery> = {}) =>
      (await sorts({ ...query, after: text })).sorts
    expect(await after('m')).toEqual(['m1', 'm2', 'm3', 'z'])
    expect(await after('m', { backwards: true })).toEqual(['a'])
    expect(await after('m2', { backwards: true })).toEqual(['m1', 'a'])
    const prefix = 'm'
    expect(await after('m20', { prefix })).toEqual(['m3'])
    expect(await after('a', { prefix })).toEqual(['m1', 'm2', 'm3'])
    expect(await after('z', { prefix })).toEqual([])
    expect(await after('a', { prefix, backwards: true })).toEqual([])
    expect(await after('z', { prefix, backwards: true })).toEqual(['m3', 'm2', 'm1'])
  })

  test('a list goes on past more than one answer of the store can hold', async () => {
    const large = 'x'.repeat(300_000)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const name of names) await put(name, large)
    expect(await sorts({})).toEqual({ sorts: names, next: undefined })
    expect(await sorts({ limit: 5 })).toEqual({ sorts: names.slice(0, 5), next: 'e' })
  })

  test('many are read at once, in the order of the keys that were asked for, doubled and absent ones too', async () => {
    await put('ada', 1)
    await put('bob', 2)
    await put('ada', 3, 'sessions')
    const keys = [key('bob'), key('eve'), key('ada'), key('ada', 'sessions'), key('bob')]
    const found = await backend.records.readMany(keys)
    expect(found.map(record => record?.value)).toEqual([2, undefined, 1, 3, 2])
    expect(await backend.records.readMany([])).toEqual([])
    const many = Array.from({ length: 100 }, (_, index) => key(index === 99 ? 'ada' : `nobody ${index}`))
    expect((await backend.records.readMany(many)).filter(record => record !== undefined)).toMatchObject([{ value: 1 }])
  })

  test('P1 what was written is there after a restart', async () => {
    await put('ada', 'kept')
    await put('bob', 'removed')
    await write({ key: key('ada'), expect: 1, value: 'kept', expiresAt: at('12:00:00') + 5 })
    await write({ key: key('bob'), expect: 1, value: undefined })
    await backend.reopen()
    expect((await backend.records.list({ partition: 'users', limit: 9 })).records).toEqual([
      { key: key('ada'), version: 2, value: 'kept', expiresAt: at('12:00:00') + 5 },
    ])
    expect(await write({ key: key('ada'), expect: 2, value: 'goes on' })).toBe(true)
  })

  test('writes that no store can carry out are mistakes of the program, and write nothing', async () => {
    const good: RecordWrite = { key: key('ada'), expect: 'absent', value: 1 }
    const wrong: readonly (readonly RecordWrite[])[] = [
      [good, { ...good, value: 2 }],
      Array.from({ length: 11 }, (_, index) => ({ ...good, key: key(`${index}`) })),
      [good, { ...good, key: key('') }],
      [good, { ...good, key: key('bob', '') }],
      [good, { ...good, key: key('bob'), value: () => 1 }],
      [good, { ...good, key: key('bob'), expiresAt: 1.5 }],
    ]
    for (const writes of wrong) await expect(write(...writes)).rejects.toThrow(TypeError)
    expect(await sorts({})).toMatchObject({ sorts: [] })
  })
})

/** By the bytes of UTF-8. */
function inOrder(texts: readonly string[]): string[] {
  return texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
