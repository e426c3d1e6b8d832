import * as z from 'zod'
import { type FieldError, PulseError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'

/** How a field is named to the caller: a JSON pointer in bodies, the bare name in queries and headers. */
export type Naming = (path: readonly PropertyKey[]) => string

export const asPointer: Naming = path =>
  path.map(step => `/${String(step).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
export const asName: Naming = path => String(path[0] ?? '').slice(0, 64)

/** Whether a value is of the wrong type or only out of range shows in the value itself. */
const REPORT_INPUT = { reportInput: true }

/** Fields that people send to a schema that does not have them, with what does what they mean. */
export const elsewhere = z.registry<Readonly<Record<string, string>>>()

/** More errors than these help nobody, and a body may have 10,000. */
const MOST_ERRORS = 20

/**
 * The value as its schema reads it.
 * @throws PulseError `malformed` (wrong type, unknown field) or `invalid` (well-formed but refused), naming each field
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, naming: Naming): z.output<S> {
  const result = schema.safeParse(value, REPORT_INPUT)
  if (result.success) return result.data
  throw refusal(result.error.issues, schema, naming)
}

/** As `validate`, for an item of a list whose items stand for themselves. */
export function validateItem<S extends z.ZodType>(schema: S, value: unknown, naming: Naming): z.output<S> | PulseError {
  const result = schema.safeParse(value, REPORT_INPUT)
  return result.success ? result.data : refusal(result.error.issues, schema, naming)
}

interface Finding extends FieldError {
  readonly malformed: boolean
}

function refusal(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, naming: Naming): PulseError {
  const findings = issues.flatMap(issue => findingsOf(issue, [], schema, naming)).slice(0, MOST_ERRORS)
  const code = findings.some(finding => finding.malformed) ? 'malformed' : 'invalid'
  const errors = findings.map(({ pointer, detail }) => ({ pointer, detail }))
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const message = first ? `${first.pointer === '' ? '' : `${first.pointer}: `}${first.detail}${more}` : 'refused'
  return new PulseError(code, message, { errors })
}

function findingsOf(
  issue: z.core.$ZodIssue,
  base: readonly PropertyKey[],
  schema: z.ZodType,
  naming: Naming,
): Finding[] {
  const path = [...base, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(schema, path)
      const told = (path.length === 0 && elsewhere.get(schema)) || {}
      return issue.keys.slice(0, MOST_ERRORS).map(key => {
        const detail = `unknown field ${JSON.stringify(key.slice(0, 64))}${hint(key, known, told)}`
        return { pointer: naming([...path, key]), detail, malformed: true }
      })
    }
    case 'invalid_union': {
      const branch = nearestBranch(issue.errors)
      if (branch) return branch.flatMap(inner => findingsOf(inner, path, schema, naming))
      return [
        {
          pointer: naming(path),
          detail: `${unionDetail(issue)}${exampleAt(schema, path)}`,
          malformed: issue.errors.length > 0 || isAbsent(issue),
        },
      ]
    }
    case 'invalid_type':
      return [{ pointer: naming(path), detail: typeDetail(issue, exampleAt(schema, path)), malformed: true }]
    case 'invalid_value':
      return [{ pointer: naming(path), detail: issue.message, malformed: isOtherType(issue) }]
    case 'custom':
      return [{ pointer: naming(path), detail: issue.message, malformed: issue.params?.malformed === true }]
    default:
      return [{ pointer: naming(path), detail: issue.message, malformed: false }]
  }
}

function typeDetail(issue: z.core.$ZodIssueInvalidType, example: string): string {
  if (issue.input === undefined && issue.message.endsWith('received undefined')) return 'is required'
  return `${issue.message}${example}`
}

function hint(key: string, known: readonly string[], told: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(told, key)) return `: ${told[key]}`
  const meant = suggest(key, known)
  return meant ? `; did you mean "${meant}"?` : ''
}

/** Of several allowed forms, the one that the value resembles: it is of the right type, if not right. */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return branches.find(issues => !issues.some(issue => issue.path.length === 0 && isWrongType(issue)))
}

function isWrongType(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && isOtherType(issue))
}

function isOtherType(issue: z.core.$ZodIssueInvalidValue): boolean {
  return !issue.values.some(value => typeof value === typeof issue.input)
}

function unionDetail(issue: z.core.$ZodIssueInvalidUnion): string {
  if (issue.errors.length === 0)
    return 'options' in issue && issue.options ? `is one of ${issue.options.join(', ')}` : issue.message
  const types = issue.errors
    .flat()
    .flatMap(each => (each.code === 'invalid_type' ? [each.expected] : each.code === 'invalid_value' ? ['string'] : []))
  return `Invalid input: expected ${[...new Set(types)].join(' or ')}`
}

/** Of a choice by a field such as `kind`: it is not there, or no text at all. */
function isAbsent({ input, discriminator = '' }: z.core.$ZodIssueInvalidUnion): boolean {
  return typeof input !== 'object' || input === null || typeof Reflect.get(input, discriminator) !== 'string'
}

/** The fields that a schema knows at a path, for suggestions. */
function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, path).flatMap(found => (found instanceof z.ZodObject ? Object.keys(found.shape) : []))
}

/** What the schema itself shows as an example at a path, if it is short. */
function exampleAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string {
  const examples = schemasAt(schema, path).map(found => z.globalRegistry.get(found)?.example)
  const example = examples.find(each => typeof each === 'string' || typeof each === 'number')
  return example === undefined ? '' : `; write one such as ${JSON.stringify(example)}`
}

/** All that may stand at a path, each as it is written and as what it wraps. */
function schemasAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType[] {
  const wrapped = wrappedIn(schema)
  if (wrapped) return [...(path.length === 0 ? [schema] : []), ...wrapped.flatMap(each => schemasAt(each, path))]
  const [step, ...rest] = path
  if (step === undefined) return [schema]
  if (schema instanceof z.ZodArray) return schemasAt(schema.element, rest)
  const next: z.core.$ZodType | undefined = schema instanceof z.ZodObject ? schema.shape[String(step)] : undefined
  return next ? schemasAt(next, rest) : []
}

function wrappedIn(schema: z.core.$ZodType): readonly z.core.$ZodType[] | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return [schema.unwrap()]
  if (schema instanceof z.ZodPipe) return [schema.in]
  return schema instanceof z.ZodUnion ? schema.options : undefined
}
