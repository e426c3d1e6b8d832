import type * as z from 'zod'
import type { Role as ActorRole, Scope } from '../core/actor.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { JsonLimits } from './scan-json.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
/** `public` needs no credentials at all. A viewer reads and changes only what is theirs. */
export type Role = 'public' | ActorRole

export interface Route {
  readonly method: Method
  /** As API Gateway writes it, without a trailing slash. */
  readonly path: string
  /** The function that serves it. */
  readonly group: 'tasks' | 'schedules' | 'ops' | 'auth'
  /** The least role that may call it. */
  readonly role: Role
  /** What an API key must be made for to call it; absent for public routes, which need no credential. */
  readonly scope?: Scope
  /** What the audit log calls it; absent for what is not audited. */
  readonly audit?: AuditRule
  readonly summary: string
  readonly description?: string
  readonly body?: {
    readonly schema: z.ZodType
    readonly optional?: true
    readonly limits: BodyLimits
    /** Also takes what an HTML form, or a client of OAuth 2, sends. */
    readonly form?: true
  }
  readonly query?: z.ZodType
  /** Query parameters that may be given more than once. */
  readonly repeatable?: readonly string[]
  /** Headers that the route reads. */
  readonly headers?: z.ZodObject
  readonly answers: Readonly<Record<number, Answer>>
  /** Refusals beside those that every route of the API shares. */
  readonly problems: readonly ErrorCode[]
}

export interface AuditRule {
  readonly action: string
  /** Only when it is done to what belongs to somebody else. */
  readonly others?: true
}

export interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  /** Of what is no JSON. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface BodyLimits extends JsonLimits {
  /** UTF-8 bytes, counted before anything is parsed (SEC-29). */
  readonly bytes: number
}

/** Refusals of every route that takes a body. */
export const bodyProblems = ['malformed', 'payload_too_large', 'unsupported_media_type'] as const

/** The answer of a list. */
export function page(description: string, schema: z.ZodType) {
  return { description, schema, headers: { link: '`rel="next"`: the next page.' } } satisfies Answer
}

/** Whether requests count against a limit: all that need a credential, and those without one that do something. */
export function isLimited({ role, audit }: Route): boolean {
  return role !== 'public' || audit !== undefined
}

const MEBIBYTE = 1_048_576
export const plainLimits: BodyLimits = { bytes: MEBIBYTE, depth: 64, keys: 10_000 }
/** Of accounts: nobody has so much to say there, and what is hashed is paid for. */
export const accountLimits: BodyLimits = { ...plainLimits, bytes: 16_384 }
/** A thousand tasks; two levels more for the list around them. */
export const batchLimits: BodyLimits = { bytes: 4 * MEBIBYTE, depth: 66, keys: 100_000 }

export type BodyOf<R extends Route> = R extends { readonly body: { readonly schema: infer S extends z.ZodType } }
  ? z.output<S>
  : undefined
export type QueryOf<R extends Route> = R extends { readonly query: infer S extends z.ZodType } ? z.output<S> : undefined
export type HeadersOf<R extends Route> = R extends { readonly headers: infer S extends z.ZodType }
  ? z.output<S>
  : undefined
