import { describe, expect, test } from 'vitest'
import { type Rule, type RuleRequest, readRule, SHORTEST_INTERVAL_MS } from '../../shared/calendar/rule.ts'
import type { PulseError } from '../../shared/core/errors.ts'

const now = Date.UTC(2026, 11, 1, 9, 0, 7, 250)
const DAY_MS = 86_400_000

describe('B-03 a request becomes a rule', () => {
  test.each<[RuleRequest, Rule]>([
    [{ at: now + 5 }, { kind: 'at', at: now + 5 }],
    [{ at: now - 60_000 }, { kind: 'at', at: now - 60_000 }],
    [{ at: now + 3_650 * DAY_MS }, { kind: 'at', at: now + 3_650 * DAY_MS }],
    [{ afterMs: 0 }, { kind: 'after', afterMs: 0, at: now }],
    [{ afterMs: 600_001 }, { kind: 'after', afterMs: 600_001, at: now + 600_001 }],
    [{ everyMs: SHORTEST_INTERVAL_MS }, { kind: 'every', everyMs: 1_000, anchor: now }],
    [{ everyMs: 365 * DAY_MS }, { kind: 'every', everyMs: 365 * DAY_MS, anchor: now }],
    [{ cron: '0 3 * * *' }, { kind: 'cron', expression: '0 3 * * *', timeZone: 'UTC' }],
    [
      { cron: '0 3 * * *', timeZone: 'America/New_York', at: undefined },
      { kind: 'cron', expression: '0 3 * * *', timeZone: 'America/New_York' },
    ],
  ])('%j', (request, rule) => {
    expect(readRule(request, now)).toEqual(rule)
  })

  test.each<[string, RuleRequest, string, RegExp]>([
    ['no rule at all', {}, '', /write one of "at", "after", "every" and "cron", such as "every": "10m"/],
    ['two rules', { at: now + 1, everyMs: 1_000 }, '/every', /cannot go with "at": write one of/],
    ['two others', { afterMs: 1, cron: '* * * * *' }, '/cron', /cannot go with "after"/],
    ['a time in the past', { at: now - 60_001 }, '/at', /must be in the future, such as "2026-12-01T10:01:00.000Z"/],
    ['a time that is none', { at: Number.NaN }, '/at', /must be in the future/],
    ['a time too far ahead', { at: now + 3_650 * DAY_MS + 1 }, '/at', /must be within ten years/],
    ['a negative length', { afterMs: -1 }, '/after', /such as "10m"/],
    ['too long a delay', { afterMs: 3_650 * DAY_MS + 1 }, '/after', /ten years/],
    ['half a millisecond', { afterMs: 0.5 }, '/after', /such as "10m"/],
    ['less than a second', { everyMs: 999 }, '/every', /whole seconds, from 1s to 365d, such as "90s"/],
    ['no time at all', { everyMs: 0 }, '/every', /whole seconds/],
    ['a broken second', { everyMs: 1_500 }, '/every', /whole seconds/],
    ['a negative interval', { everyMs: -1_000 }, '/every', /whole seconds/],
    ['an interval of none', { everyMs: Number.NaN }, '/every', /whole seconds/],
    ['more than a year', { everyMs: 366 * DAY_MS }, '/every', /whole seconds/],
    ['a zone without cron', { everyMs: 1_000, timeZone: 'UTC' }, '/timeZone', /goes with "cron" only/],
    ['a zone alone', { timeZone: 'UTC' }, '', /nothing says when/],
  ])('%s is refused', (_, request, pointer, detail) => {
    expect(refusalOf(request)).toMatchObject({
      code: 'invalid',
      errors: [{ pointer, detail: expect.stringMatching(detail) }],
    })
  })
})

describe('B-03 a time zone is an area with a city, or UTC', () => {
  test.each([
    ['UTC', 'UTC'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['etc/gmt-14', 'Etc/GMT-14'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['EUROPE/berlin', 'Europe/Berlin'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['antarctica/dumontdurville', 'Antarctica/DumontDUrville'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['US/Eastern', 'America/New_York'],
  ])('%s is kept as %s', (name, kept) => {
    expect(readRule({ cron: '0 3 * * *', timeZone: name }, now)).toMatchObject({ timeZone: kept })
  })

  test('a name that this runtime knows by an older one means the same in any spelling', () => {
    const rule = readRule({ cron: '0 3 * * *', timeZone: 'asia/kolkata' }, now)
    expect(['Asia/Kolkata', 'Asia/Calcutta']).toContain(rule.kind === 'cron' && rule.timeZone)
  })

  test.each([
    ['+02:00', /is an offset/, 'Etc/GMT-2'],
    ['-05', /is an offset/, 'Etc/GMT+5'],
    ['UTC+2', /is an offset/, 'Etc/GMT-2'],
    ['+14:00', /is an offset/, 'Etc/GMT-14'],
    ['-12:00', /is an offset/, 'Etc/GMT+12'],
    ['+05:30', /is an offset/, 'Europe/Berlin'],
    ['UTC-0330', /is an offset/, 'Europe/Berlin'],
    ['-13:00', /is an offset/, 'Europe/Berlin'],
    ['GMT-0', /is an offset/, 'UTC'],
    ['GMT', /has another name here/, 'UTC'],
    ['Zulu', /has another name here/, 'UTC'],
    ['EST', /is no area with a city/, 'Europe/Berlin'],
    ['CET', /is no area with a city/, 'Europe/Berlin'],
    ['EST5EDT', /is no area with a city/, 'Europe/Berlin'],
    ['Japan', /is no area with a city/, 'Europe/Berlin'],
    ['SystemV/EST5', /is no area with a city/, 'Europe/Berlin'],
    ['Berlin', /is not known: write/, 'Europe/Berlin'],
    ['new york', /is not known: write/, 'America/New_York'],
    ['Europe/Berln', /is not known: write/, 'Europe/Berlin'],
    ['Mars/Olympus_Mons', /is not known: write an area and a city/, 'Europe/Berlin'],
    ['', /is not known/, 'Europe/Berlin'],
    ['../etc/passwd', /is not known/, 'Europe/Berlin'],
    ['x'.repeat(10_000), /is not known/, 'Europe/Berlin'],
  ])('%.20s is refused, with a zone that is accepted', (name, detail, example) => {
    const [error] = refusalOf({ cron: '0 3 * * *', timeZone: name }).errors
    expect(error).toEqual({ pointer: '/timeZone', detail: expect.stringMatching(detail) })
    expect(error?.detail).toMatch(new RegExp(`"${example.replace('+', '\\+')}"$`))
    expect(error?.detail.length).toBeLessThan(200)
    expect(readRule({ cron: '0 3 * * *', timeZone: example }, now)).toMatchObject({ timeZone: example })
  })
})

describe('H75 what never happens is refused at once', () => {
  test('because a zone’s clock skips it each time', () => {
    const request = { cron: '30 2 * 3 SUNL', timeZone: 'Europe/Berlin' }
    expect(refusalOf(request).errors).toEqual([
      {
        pointer: '/cron',
        detail: expect.stringMatching(/never happens: the clock of Europe\/Berlin skips each such time/),
      },
    ])
    expect(readRule({ ...request, timeZone: 'America/New_York' }, now)).toMatchObject({ kind: 'cron' })
    expect(readRule({ ...request, cron: '0 4 * * *' }, now)).toMatchObject({ kind: 'cron' })
  })

  test('but not what happens seldom', () => {
    expect(readRule({ cron: '0 0 29 2 *' }, Date.UTC(2096, 1, 29, 1))).toMatchObject({ kind: 'cron' })
    expect(readRule({ cron: '0 0 * 2 MON#5' }, Date.UTC(2072, 1, 29, 1))).toMatchObject({ kind: 'cron' })
  })
})

function refusalOf(request: RuleRequest): PulseError {
  try {
    readRule(request, now)
  } catch (error) {
    return error as PulseError
  }
  throw new Error(`${JSON.stringify(request)} was accepted`)
}
