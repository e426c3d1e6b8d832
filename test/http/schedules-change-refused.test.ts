import { describe, expect, test } from 'vitest'
import { MINUTE, openScheduling, tick, timeOf } from './scheduling.ts'

const start = timeOf('11:00:00')
const end = timeOf('12:00:00')
const at = timeOf('10:30:00')
const FINISHED = { every: '1s', endAt: timeOf('10:00:10') }

/** A schedule as it is after five minutes, and the answer to an edit of it. */
async function editLater(fields: object, changes: object) {
  const { create, ask, pass } = await openScheduling()
  const { body } = await create(tick(fields))
  await pass(5 * MINUTE)
  const before = (await ask('GET', `/${body.id}`)).body
  const answer = await ask('PATCH', `/${body.id}`, { body: changes })
  return { before, answer, after: (await ask('GET', `/${body.id}`)).body }
}

describe('an edit of what is over', () => {
  test.each([
    ['another name', FINISHED, { name: 'renamed' }],
    ['the end as it was', FINISHED, { endAt: FINISHED.endAt, description: 'over' }],
    ['its policies', FINISHED, { overlap: 'skip', catchUp: 2, jitter: 'PT1S', tags: { a: 'b' } }],
    ['its task', FINISHED, { task: { name: 'default' } }],
    ['the name of what happens once', { at: timeOf('10:00:30') }, { name: 'renamed' }],
    ['the time as it was', { at: timeOf('10:00:30') }, { at: timeOf('10:00:30'), name: 'renamed' }],
  ])('changes %s: what stays is not checked', async (_, fields, changes) => {
    const { before, answer } = await editLater(fields, changes)
    expect(before.state).toBe('FINISHED')
    expect(answer).toMatchObject({ status: 200, body: { ...changes, state: 'FINISHED', generation: 2 } })
  })

  test('a later end lets it go on; another rule needs one', async () => {
    expect((await editLater(FINISHED, { endAt: null })).answer.body).toMatchObject({ state: 'ACTIVE' })
    expect((await editLater(FINISHED, { every: '2s', endAt: end })).answer.body).toMatchObject({
      state: 'ACTIVE',
    })
    const { answer, before, after } = await editLater(FINISHED, { every: '2s' })
    expect(answer.body.errors).toEqual([
      {
        pointer: '/endAt',
        detail: expect.stringMatching(/^is 2031-05-17T10:00:10.000Z, before which nothing .*"endAt": null/),
      },
    ])
    expect(after).toEqual(before)
  })
})

describe('an edit that is refused names what to send', () => {
  const cron = { cron: '0 * * * *' }
  const bounded = { ...cron, startAt: start, endAt: end }
  test.each([
    ['a zone for a pace', {}, { timeZone: 'UTC' }, { '/timeZone': /^goes with "cron" only.*"cron": "/ }],
    ['no zone for a pace', {}, { timeZone: 'Mars' }, { '/timeZone': /^goes with "cron" only/ }],
    ['a zone for a time', { at }, { timeZone: 'UTC' }, { '/timeZone': /^goes with "cron" only/ }],
    ['a zone for a while', { after: '1h' }, { timeZone: 'UTC' }, { '/timeZone': /^goes with "cron" only/ }],
    ['a pace in a zone', cron, { every: '1h', timeZone: 'UTC' }, { '/timeZone': /^goes with "cron" only/ }],
    ['no zone', cron, { timeZone: 'Mars' }, { '/timeZone': /is not known/ }],
    [
      'a zone whose clock skips it',
      { cron: '30 2 * 3 SUNL' },
      { timeZone: 'Europe/Berlin' },
      { '/timeZone': /^its clock skips each time of "30 2 \* 3 SUNL": .*such as "0 4 \* \* \*"/ },
    ],
    ['a time with a start', { ...cron, startAt: start }, { at }, { '/startAt': /send "startAt": null/ }],
    ['a while with an end', { ...cron, endAt: end }, { after: '1h' }, { '/endAt': /send "endAt": null/ }],
    ['a time with bounds', bounded, { at }, { '/startAt': /send "startAt": null/, '/endAt': /send "endAt": null/ }],
    ['a start of a time', { at }, { startAt: start }, { '/startAt': /^is for rules that repeat: leave it out/ }],
    ['an end of a while', { after: '1h' }, { endAt: end }, { '/endAt': /^is for rules that repeat: leave it out/ }],
    ['a start behind the end', bounded, { startAt: end }, { '/startAt': /^must be before endAt, 2031-05-17T12:00:00/ }],
    [
      'an end before the start',
      bounded,
      { endAt: start },
      { '/endAt': /^must be later than startAt, .*such as "2031/ },
    ],
    [
      'an end that is past',
      cron,
      { endAt: timeOf('09:00:00') },
      { '/endAt': /^must be later than now, such as "2031/ },
    ],
    [
      'a rule behind the end',
      { ...cron, endAt: end },
      { cron: '@yearly' },
      { '/endAt': /^is 2031-05-17T12.*"endAt": null/ },
    ],
    [
      'an end before all',
      { cron: '@yearly' },
      { endAt: end },
      { '/endAt': /no occurrence is before it.*such as "2032-01-01/ },
    ],
  ])('%s', async (_, fields, changes, errors) => {
    const { before, answer, after } = await editLater(fields, changes)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid' } })
    const found = answer.body.errors as { pointer: string; detail: string }[]
    expect(Object.fromEntries(found.map(({ pointer, detail }) => [pointer, detail]))).toEqual(
      Object.fromEntries(Object.entries(errors).map(([pointer, detail]) => [pointer, expect.stringMatching(detail)])),
    )
    expect(after).toEqual(before)
  })

  test('PATCH pauses nothing, and says what does', async () => {
    const { answer } = await editLater({}, { paused: true })
    expect(answer.status).toBe(400)
    expect(answer.body.errors).toEqual([
      {
        pointer: '/paused',
        detail: 'unknown field "paused": POST to …/pause or …/resume, below the path of the schedule',
      },
    ])
  })

  const kinds = { at: { at }, after: { after: '1h' }, every: { every: '1h' }, cron }
  const changes = Object.entries(kinds).flatMap(([from, fields]) =>
    Object.entries(kinds).map(([to, rule]) => [from, to, fields, rule] as const),
  )
  test.each(changes)('%s becomes %s, and its bounds go when it is told so', async (from, to, fields, rule) => {
    const repeats = from === 'every' || from === 'cron'
    const { answer } = await editLater(
      {
        ...fields,
        ...(repeats && { startAt: start, endAt: timeOf('22:00:00') }),
        jitter: '5s',
        overlap: 'skip',
        catchUp: 3,
      },
      { ...rule, startAt: null, endAt: null },
    )
    expect(answer).toMatchObject({ status: 200, body: { kind: to, overlap: 'skip', catchUp: 3, jitter: 'PT5S' } })
    for (const field of ['startAt', 'endAt']) expect(answer.body).not.toHaveProperty(field)
  })
})
