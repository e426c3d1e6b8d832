import { describe, expect, test } from 'vitest'
import { openScheduling, tick, timeOf } from './scheduling.ts'

const rule = (fields: object) => ({ name: 'tick', task: { name: 'echo' }, ...fields })
const task = (fields: object) => tick({ task: { name: 'echo', ...fields } })
const CATCH_UP = 'is "skip", "one" or a whole number from 1 to 100'
type Found = { pointer: string; detail: string }

describe('a schedule that is refused', () => {
  test.each([
    [tick({ crn: '0 3 * * *' }), '/crn', 'did you mean "cron"?'],
    [task({ pirority: 1 }), '/task/pirority', 'did you mean "priority"?'],
    [task({ delay: '5m' }), '/task/delay', 'unknown field'],
    [{ task: { name: 'echo' }, every: '1m' }, '/name', 'is required'],
    [{ name: 'tick', every: '1m' }, '/task', 'is required'],
    [tick({ task: {} }), '/task/name', 'is required'],
    [tick({ task: 'echo' }), '/task', 'expected object'],
    [rule({ at: 5 }), '/at', 'expected string, received number; write one such as "2030-'],
    [rule({ after: ['5m'] }), '/after', 'expected string or number; write one such as "10m"'],
    [rule({ every: null }), '/every', 'expected string or number'],
    [rule({ cron: 5 }), '/cron', 'expected string, received number; write one such as "0 3 * * MON-FRI"'],
    [tick({ cron: '0 3 * * *', timeZone: 2 }), '/timeZone', 'expected string'],
    [tick({ overlap: true }), '/overlap', ''],
    [tick({ catchUp: {} }), '/catchUp', 'expected string or number'],
    [tick({ paused: 'yes' }), '/paused', 'expected boolean'],
    [tick({ tags: ['a'] }), '/tags', 'object of strings'],
    [task({ tags: { a: 1 } }), '/task/tags/a', 'is a string'],
    [tick({ endAt: null }), '/endAt', 'expected string'],
    [[], '', 'expected object'],
    [null, '', 'expected object'],
  ])('S2-35 400 names what is malformed: %j', async (body, pointer, detail) => {
    const { create } = await openScheduling()
    const answer = await create(body as object)
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed' } })
    const found = answer.body.errors.find((each: Found) => each.pointer === pointer)
    expect(found?.detail, answer.text).toContain(detail)
  })

  test.each([
    ['S2-35 without a rule', rule({}), '', 'write one of "at", "after", "every" and "cron"'],
    ['S2-35 with two rules', rule({ every: '1m', cron: '0 3 * * *' }), '/cron', 'with "every"'],
    ['S2-15 at a time that is past', rule({ at: timeOf('09:00:00') }), '/at', 'must be in the future'],
    ['S2-15 at a time in another century', rule({ at: '2131-05-17T10:00:00Z' }), '/at', 'within ten years'],
    ['S2-15 at no time', rule({ at: 'tomorrow' }), '/at', 'is no RFC 3339 time'],
    ['S2-16 after no length of time', rule({ after: 'a while' }), '/after', 'is no length of time'],
    ['S2-16 after a century', rule({ after: '36500d' }), '/after', 'ten years'],
    ['S2-17 every half a second', rule({ every: '500ms' }), '/every', 'whole seconds, from 1s'],
    ['S2-17 every 1.5 seconds', rule({ every: '1500ms' }), '/every', 'whole seconds'],
    ['S2-17 every two years', rule({ every: '730d' }), '/every', '365d'],
    ['S2-17 in a time zone', rule({ every: '1d', timeZone: 'Europe/Berlin' }), '/timeZone', 'goes with "cron" only'],
    ['S2-18 a cron of seconds', rule({ cron: '*/5 * * * * *' }), '/cron', 'has 6 fields'],
    ['S2-18 a cron of nonsense', rule({ cron: '61 * * * *' }), '/cron', 'minute'],
    ['S2-18 a cron that never is', rule({ cron: '0 0 31 2 *' }), '/cron', ''],
    ['S2-18 a cron as long as a book', rule({ cron: `${'1,'.repeat(300)}1 * * * *` }), '/cron', ''],
    ['S2-18 an empty cron', rule({ cron: '' }), '/cron', 'has 0 fields'],
    ['S2-17 milliseconds in quotes', rule({ every: '60000' }), '/every', 'has no unit: write "60000ms"'],
    ['S2-18 no time zone', rule({ cron: '@daily', timeZone: 'Europe/Belrin' }), '/timeZone', 'Europe/Berlin'],
    ['S2-18 an offset', rule({ cron: '@daily', timeZone: '+02:00' }), '/timeZone', 'is an offset'],
    [
      'S2-18 a name as long as a book',
      rule({ cron: '@daily', timeZone: 'x'.repeat(2_000) }),
      '/timeZone',
      'Europe/Berlin',
    ],
    ['S2-18 a cron as long as many', rule({ cron: '1,'.repeat(600) }), '/cron', 'such as "'],
    ['B-03 another overlap', tick({ overlap: 'queue' }), '/overlap', ''],
    ['B-03 another catch-up', tick({ catchUp: 'all' }), '/catchUp', CATCH_UP],
    ['B-03 a number in quotes', tick({ catchUp: '5' }), '/catchUp', CATCH_UP],
    ['B-03 a catch-up of none', tick({ catchUp: 0 }), '/catchUp', CATCH_UP],
    ['B-03 a catch-up of too many', tick({ catchUp: 101 }), '/catchUp', CATCH_UP],
    ['B-03 a catch-up and a half', tick({ catchUp: 1.5 }), '/catchUp', CATCH_UP],
    ['B-03 a jitter of days', tick({ jitter: '25h' }), '/jitter', 'is longer than 1 day: write at most "1d"'],
    ['B-03 an end that is past', tick({ endAt: timeOf('09:00:00') }), '/endAt', 'now, such as "2031-05-17T11:00'],
    [
      'B-03 an end before the start',
      tick({ startAt: timeOf('12:00:00'), endAt: timeOf('11:00:00') }),
      '/endAt',
      'later',
    ],
    ['B-03 an end before all', tick({ cron: '@yearly', endAt: timeOf('11:00:00') }), '/endAt', 'no occurrence'],
    ['B-03 a start in another century', tick({ startAt: '2131-05-17T10:00:00Z' }), '/startAt', 'years, such as "2031-'],
    ['B-03 a start of what is once', tick({ after: '1h', startAt: timeOf('12:00:00') }), '/startAt', 'that repeat'],
    ['an empty name', tick({ name: '' }), '/name', ''],
    ['a name of space', tick({ name: '  ' }), '/name', 'nothing but space'],
    ['a name that rings', tick({ name: 'a\u0007b' }), '/name', 'control character'],
    ['a name that runs backwards', tick({ name: 'a\u202eb' }), '/name', 'control character'],
    ['a name of half a pair', tick({ name: 'a\ud800' }), '/name', ''],
    ['a name that is too long', tick({ name: 'x'.repeat(101) }), '/name', ''],
    ['a task that nobody runs', tick({ task: { name: 'eco' } }), '/task/name', 'did you mean "echo"?'],
    ['a task without a name', tick({ task: { name: '' } }), '/task/name', 'is no task name'],
    ['a priority of 6', task({ priority: 6 }), '/task/priority', ''],
    ['a timeout of two days', task({ timeout: '2d' }), '/task/timeout', ''],
    ['a payload that is too long', task({ payload: 'x'.repeat(33_000) }), '/task/payload', '32768'],
    ['a tag without a key', tick({ tags: { 'a:b': 'c' } }), '/tags/a:b', ''],
  ])('422 names what is refused: %s', async (_, body, pointer, detail) => {
    const { create, ask } = await openScheduling()
    const answer = await create(body)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid' } })
    const found = answer.body.errors.find((each: Found) => each.pointer === pointer)
    expect(found?.detail, answer.text).toContain(detail)
    expect((await ask('GET', '')).body.items).toEqual([])
  })

  test('H99 a timeout that is longer than a function can run', async () => {
    const { create, ask } = await openScheduling({ maxTimeoutMs: 840_000 })
    const made = await create(task({ timeout: '14m' }))
    expect(made.status).toBe(201)
    const errors = [{ pointer: '/task/timeout', detail: 'must be at most 14m here' }]
    const refused = { status: 422, body: { code: 'invalid', errors } }
    expect(await create(task({ timeout: '15m' }))).toMatchObject(refused)
    const edit = { body: { task: { name: 'echo', timeout: '15m' } } }
    expect(await ask('PATCH', `/${made.body.id}`, edit)).toMatchObject(refused)
  })

  test('SEC-29 bodies that are too large, too deep or no JSON', async () => {
    const { ask } = await openScheduling()
    const deep = `{"name":"x","task":{"name":"echo","payload":${'['.repeat(80)}${']'.repeat(80)}},"every":"1m"}`
    expect(await ask('POST', '', { body: tick({ description: 'x'.repeat(1_100_000) }) })).toMatchObject({ status: 413 })
    expect(await ask('POST', '', { text: deep })).toMatchObject({ status: 400 })
    expect(await ask('POST', '', { text: '{"name":' })).toMatchObject({ status: 400 })
    expect(await ask('POST', '', { text: '{"name":"a","name":"b"}' })).toMatchObject({ status: 400 })
    expect(await ask('POST', '', { text: 'name=x', headers: { 'content-type': 'text/plain' } })).toMatchObject({
      status: 415,
    })
    expect(await ask('POST', '', {})).toMatchObject({ status: 415 })
  })

  test('keys that objects have of their own are unknown fields, and stay in payloads what they were', async () => {
    const { ask } = await openScheduling()
    const body = (more: string) => ({ text: `{"name":"x","every":"1m","task":{"name":"echo"${more}}}` })
    const refused = await ask('POST', '', body(',"__proto__":{"priority":1}'))
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/task/__proto__' }] } })
    const made = await ask('POST', '', body(',"payload":{"__proto__":{"admin":true}}'))
    expect(made.text).toContain('"payload":{"__proto__":{"admin":true}}')
  })
})
