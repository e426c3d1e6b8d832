import * as fc from 'fast-check'

/** The part of JSON Schema that the API's document uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly propertyNames?: Schema
  readonly maxProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly example?: unknown
}

/** Makes values of a schema: mostly valid ones; what a keyword cannot express is left to the validator to sort out. */
export function arbitraryOf(schema: Schema, resolve: (ref: string) => Schema): fc.Arbitrary<unknown> {
  const of = (inner: Schema): fc.Arbitrary<unknown> => arbitraryOf(inner, resolve)
  if (schema.$ref) return of(resolve(schema.$ref))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (typeof schema.example === 'string' && DURATIONS.includes(schema.example))
    return fc.oneof(fc.constantFrom(...DURATIONS), fc.nat())
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map(of))
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map(type => of({ ...schema, type })))
  const made = ofType(schema, of)
  return schema.example === undefined
    ? made
    : fc.oneof({ weight: 3, arbitrary: made }, { weight: 1, arbitrary: fc.constant(schema.example) })
}

function ofType(schema: Schema, of: (schema: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return ofText(schema)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 100_000 })
    case 'number':
      return fc.oneof(
        fc.integer({ min: -10, max: 100_000 }),
        fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true }),
      )
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(of(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      })
    case 'object':
      return ofObject(schema, of)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

const DURATIONS = ['250ms', '5m', '1.5h', 'PT5M', 'P1D', '10s', '1', '0', 'soon', '-1s', '∞']
const times = fc
  .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
  .map(date => date.toISOString())

function ofText({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return times
  if (pattern?.includes('\\p{')) return fc.string({ minLength: 1, maxLength: Math.min(maxLength, 64) })
  if (pattern) return fc.stringMatching(new RegExp(pattern))
  const long = { minLength, maxLength: Math.min(maxLength, 60) }
  return fc.oneof(
    fc.string(long),
    fc.string({ ...long, unit: 'binary' }),
    fc.constantFrom(...DURATIONS).filter(text => text.length <= maxLength),
  )
}

function ofObject(
  { properties = {}, required = [], additionalProperties, propertyNames }: Schema,
  of: (schema: Schema) => fc.Arbitrary<unknown>,
) {
  if (typeof additionalProperties === 'object' && Object.keys(properties).length === 0) {
    return fc.dictionary(ofText(propertyNames ?? {}), of(additionalProperties), { maxKeys: 6, noNullPrototype: true })
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, of(inner)]))
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true })
}

/** What comes near to being right and is not, or is nothing of the kind. */
export function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const strange = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(
      null,
      '',
      -1,
      0,
      1.5,
      1e308,
      '2020-13-01T00:00:00Z',
      '2020-01-01T00:00Z',
      '2020-01-01 00:00:00Z',
      [],
      {},
      true,
      'x'.repeat(6_000),
    ),
  )
  return fc.oneof(
    { weight: 1, arbitrary: strange },
    { weight: 8, arbitrary: fc.tuple(valid, fc.nat(), strange, fc.string({ maxLength: 12 })).map(mutate) },
  )
}

function mutate([value, pick, strange, name]: [unknown, number, unknown, string]): unknown {
  if (typeof value !== 'object' || value === null) return strange
  if (Array.isArray(value))
    return value.length === 0
      ? [strange]
      : value.with(pick % value.length, mutate([value[pick % value.length], pick >> 3, strange, name]))
  const keys = Object.keys(value)
  const key = keys[pick % Math.max(1, keys.length)]
  if (key === undefined || pick % 4 === 0) return { ...value, [name]: strange }
  if (pick % 4 === 1) return Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))
  const inner = (value as Record<string, unknown>)[key]
  return { ...value, [key]: pick % 4 === 2 ? strange : mutate([inner, pick >> 2, strange, name]) }
}
