import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import type { Answer } from './client.ts'
import type { Schema } from './schema-arbitrary.ts'

interface Content {
  readonly [type: string]: { readonly schema?: Schema }
}

export interface Parameter {
  readonly in: 'query' | 'header' | 'path'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}

interface OperationObject {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: { readonly schema: Schema; readonly required: boolean } | undefined
  /** Listed statuses, each with the schema of its body by content type. */
  readonly answers: Readonly<Record<string, Content>>
}

/** SEC-48: on every answer, whatever it is. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'cross-origin-opener-policy': 'same-origin',
}

/** The API as the server itself describes it. */
export class ApiDocument {
  readonly operations: readonly Operation[]
  readonly #schemas: Readonly<Record<string, Schema>>
  readonly #ajv: Ajv2020
  readonly #compiled = new Map<Schema, ValidateFunction>()

  constructor(document: unknown) {
    const { paths, components } = document as {
      paths: Record<string, Record<string, OperationObject>>
      components: { schemas: Record<string, Schema> }
    }
    this.#schemas = components.schemas
    // The document is no JSON Schema itself; only what its references lead to counts.
    this.#ajv = new Ajv2020({ strict: false })
    addFormats.default(this.#ajv)
    this.#ajv.addSchema({ $id: 'https://pulse.test/api', components })
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, each]) => {
        const schema = each.requestBody?.content['application/json']?.schema
        return {
          id: each.operationId,
          method: method.toUpperCase(),
          path,
          parameters: each.parameters ?? [],
          body: schema && { schema, required: each.requestBody?.required ?? false },
          answers: Object.fromEntries(
            Object.entries(each.responses).map(([status, { content = {} }]) => [status, content]),
          ),
        }
      }),
    )
  }

  resolve(ref: string): Schema {
    const schema = this.#schemas[ref.replace('#/components/schemas/', '')]
    if (!schema) throw new Error(`the document has no ${ref}`)
    return schema
  }

  accepts(schema: Schema, value: unknown): boolean {
    return this.#validator(schema)(value) === true
  }

  /** Whether a text of a query or header can be read as what the schema asks for. */
  acceptsText(schema: Schema, text: string): boolean {
    const readings = [text, [text], ...(/^-?\d+(\.\d+)?$/.test(text) ? [Number(text)] : [])]
    return readings.some(reading => this.accepts(schema, reading))
  }

  /** What any answer must be, whoever asked for what. */
  check(answer: Answer, label: string): void {
    expect(answer.status, `${label}\n${answer.text.slice(0, 500)}`).toBeLessThan(500)
    expect(answer.headers, label).toMatchObject(HEADERS)
    expect(answer.headers['content-security-policy'], label).toMatch(/default-src 'none'/)
    expect(answer.headers['x-request-id'], label).toBeTruthy()
    if (answer.status >= 400) this.#checkProblem(answer, label)
  }

  /** An answer of an operation: one of its statuses, with a body as documented. */
  checkOperation({ answers, id }: Operation, answer: Answer, label: string): void {
    this.check(answer, label)
    const content = answers[answer.status]
    if (!content) throw new Error(`${label}: ${id} does not list ${answer.status}: ${answer.text.slice(0, 500)}`)
    const [type = ''] = (answer.headers['content-type'] ?? '').split(';')
    const listed = Object.entries(content).find(([each]) => each === '*/*' || each.split(';')[0] === type)
    if (!listed) throw new Error(`${label}: ${answer.status} of ${id} has the content type ${type}`)
    const { schema } = listed[1]
    if (schema) this.#expectShape(schema, answer.body, label)
  }

  #checkProblem({ status, headers, body }: Answer, label: string): void {
    expect(headers['content-type'], label).toBe('application/problem+json')
    this.#expectShape(this.resolve('Problem'), body, label)
    expect(body, label).toMatchObject({ status, requestId: headers['x-request-id'] })
  }

  #expectShape(schema: Schema, value: unknown, label: string): void {
    const validate = this.#validator(schema)
    if (!validate(value))
      throw new Error(`${label}: ${this.#ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 500)}`)
  }

  #validator(schema: Schema): ValidateFunction {
    const known = this.#compiled.get(schema)
    if (known) return known
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"https://pulse.test/api#/components/')
    const validate = this.#ajv.compile(JSON.parse(text))
    this.#compiled.set(schema, validate)
    return validate
  }
}
