import { invalidField } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'

/** As long as EventBridge Scheduler takes (ScheduleExpressionTimezone); the longest name that there is has 32. */
const LONGEST = 50

const area = /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)\//
/** How such names are written: each word with a capital, little words within a name without. */
const usual = /^[A-Z][a-z]+(?:\/[A-Z][a-z]+(?:[_-](?:[A-Z][a-z]+|of|es|au))*)+$/

/**
 * The name of a time zone as it is kept: `UTC`, or an area and a city of the IANA database in their usual spelling. What is only an
 * abbreviation (`EST`, `CET`) or an offset (`+02:00`) is refused: it says nothing about daylight saving time, or something else than
 * people expect. A name in another spelling becomes the one that this runtime's database has (`us/eastern`: `America/New_York`).
 * @throws PulseError `invalid` at `/timeZone`
 */
export function readTimeZone(name: string): string {
  const known = knownAs(name)
  if (known === undefined || !(known === 'UTC' || area.test(known))) throw unknown(name, known)
  if (known.toLowerCase() === name.toLowerCase()) return known
  if (!name.includes('/')) throw unknown(name, known)
  // Newer names are kept, though the runtime may know the zone by an older one (Asia/Kolkata: Asia/Calcutta).
  return area.test(name) && usual.test(name) ? name : known
}

function knownAs(name: string): string | undefined {
  if (name.length > LONGEST) return undefined
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

function unknown(name: string, known: string | undefined) {
  const [, sign, hours, minutes = '00'] = /^(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?$/i.exec(name) ?? []
  if (sign !== undefined) {
    const why = 'is an offset, which knows no daylight saving time: write a zone,'
    const fixed = minutes === '00' ? fixedZone(sign, Number(hours)) : undefined
    return fixed ? refused(name, `${why} or the fixed one`, fixed) : refused(name, `${why} such as`, 'Europe/Berlin')
  }
  if (known === 'UTC') return refused(name, 'has another name here: write', known)
  if (known !== undefined) return refused(name, 'is no area with a city: write one, such as', 'Europe/Berlin')
  const near = name.length > LONGEST ? undefined : nearest(name)
  if (near !== undefined) return refused(name, 'is not known: write', near)
  return refused(name.slice(0, LONGEST), 'is not known: write an area and a city, such as', 'Europe/Berlin')
}

/** The names of the database count from the other side: west of Greenwich is plus. Only whole hours have one. */
function fixedZone(sign: string, hours: number): string | undefined {
  if (hours === 0) return 'UTC'
  if (sign === '+') return hours <= 14 ? `Etc/GMT-${hours}` : undefined
  return hours <= 12 ? `Etc/GMT+${hours}` : undefined
}

function refused(name: string, why: string, example: string) {
  return invalidField('/timeZone', `"${name}" ${why} "${example}"`)
}

/** A city alone, or a slip of the pen. */
function nearest(name: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone')
  const city = `/${name.trim().replaceAll(' ', '_').toLowerCase()}`
  return zones.find(zone => zone.toLowerCase().endsWith(city)) ?? suggest(name, zones)
}
