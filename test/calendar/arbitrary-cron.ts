import fc from 'fast-check'

const WORDS: Readonly<Record<string, readonly string[]>> = {
  month: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  dayOfWeek: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
}

/** Any cron expression that is accepted and happens within a few years. */
export const arbitraryCron = fc
  .tuple(
    fieldOf('minute', 0, 59),
    fieldOf('hour', 0, 23),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(['*', '*'] as const) },
      fc.oneof(fieldOf('dayOfMonth', 1, 28), fc.constant('L')).map(days => [days, '*'] as const),
      fc
        .oneof(fieldOf('dayOfWeek', 0, 6), fc.constantFrom('FRIL', 'SUN#1', '7L', '3#4'))
        .map(days => ['*', days] as const),
    ),
    fieldOf('month', 1, 12),
  )
  .map(([minute, hour, [dayOfMonth, dayOfWeek], month]) => [minute, hour, dayOfMonth, month, dayOfWeek].join(' '))

export const arbitraryZone = fc.constantFrom(
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'Africa/Casablanca'],
  ...['Antarctica/Troll', 'Asia/Kathmandu', 'Pacific/Apia', 'America/St_Johns', 'Asia/Beirut', 'Asia/Gaza'],
)

/** Any instant, with more around the times when many clocks are changed. */
export const arbitraryInstant = fc.oneof(
  fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) }),
  fc
    .tuple(
      fc.constantFrom(
        '2026-03-29T01:00Z',
        '2026-10-25T01:00Z',
        '2027-03-14T07:00Z',
        '2011-12-30T10:00Z',
        '2025-04-05T15:00Z',
      ),
      fc.integer({ min: -100_000_000, max: 100_000_000 }),
    )
    .map(([change, off]) => Date.parse(change) + off),
)

function fieldOf(name: string, min: number, max: number): fc.Arbitrary<string> {
  const words = WORDS[name]
  const value = fc.integer({ min, max })
  const shown = (number: number) => words?.[number - min] ?? `${number}`
  const range = fc
    .tuple(value, value)
    .filter(([a, b]) => a !== b)
    .map(([a, b]): readonly [number, number] => [Math.min(a, b), Math.max(a, b)])
  const stepped = range.chain(([low, high]) =>
    fc.integer({ min: 1, max: high - low }).map(step => `${low}-${high}/${step}`),
  )
  const one = fc.oneof(
    value.map(shown),
    range.map(([low, high]) => `${shown(low)}-${shown(high)}`),
    stepped,
  )
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: max - min }).map(step => `*/${step}`) },
    { weight: 3, arbitrary: fc.array(one, { minLength: 1, maxLength: 3 }).map(parts => parts.join(',')) },
  )
}
