/** As much of JSON Schema as the description uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly description?: string
  readonly example?: unknown
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}
export type Components = Readonly<Record<string, Schema>>

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** Text with `code` in backticks. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

/** A type in words, with links to the schemas that have names. */
export function typeWords(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = nameOf(schema.$ref)
    return `<a href="#schema-${name}">${name}</a>`
  }
  const options = schema.anyOf ?? schema.oneOf
  if (options) return [...new Set(options.map(typeWords))].join(' or ')
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`
  if (schema.enum) return schema.enum.map(value => `<code>${escapeHtml(String(value))}</code>`).join(' ')
  if (schema.items) return `list of ${typeWords(schema.items)}`
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : String(schema.type ?? 'any')
  return schema.format === 'date-time' ? 'time' : type
}

/** Bounds and default of a value. */
export function limitWords(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  const words = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    schema.default === undefined ? '' : `default <code>${escapeHtml(JSON.stringify(schema.default))}</code>`,
  ]
  return words.filter(Boolean).join(', ')
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  if (low === undefined && high === undefined) return ''
  if (low === undefined) return `at most ${high}${unit}`
  return high === undefined ? `at least ${low}${unit}` : `${low} to ${high}${unit}`
}

/** The schema behind a reference. */
export function resolve(schema: Schema, components: Components): Schema {
  return schema.$ref === undefined ? schema : (components[nameOf(schema.$ref)] ?? {})
}

/** A value such as the schema asks for: its own example, or one made of those of its parts. */
export function exampleOf(given: Schema, components: Components, depth = 0): unknown {
  const schema = resolve(given, components)
  if (schema.example !== undefined) return schema.example
  if (schema.const !== undefined) return schema.const
  const option = (schema.anyOf ?? schema.oneOf)?.[0]
  if (option) return exampleOf(option, components, depth)
  if (schema.enum) return schema.enum[0]
  if (schema.items) return depth > 4 ? [] : [exampleOf(schema.items, components, depth + 1)]
  if (schema.properties) {
    const shown = Object.entries(schema.properties).filter(
      ([name, field]) => schema.required?.includes(name) || field.example !== undefined,
    )
    return Object.fromEntries(shown.map(([name, field]) => [name, exampleOf(field, components, depth + 1)]))
  }
  if (schema.format === 'date-time') return '2030-01-31T09:30:00.000Z'
  const simple: Readonly<Record<string, unknown>> = {
    string: 'text',
    integer: schema.minimum ?? 1,
    number: 1,
    boolean: false,
    object: {},
  }
  return typeof schema.type === 'string' ? simple[schema.type] : 'anything'
}

export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}
