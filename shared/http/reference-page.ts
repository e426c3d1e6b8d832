import { type ErrorCode, errorCodes } from '../core/errors.ts'
import type { OpenApiDocument } from './openapi.ts'
import {
  type Components,
  escapeHtml,
  exampleOf,
  limitWords,
  prose,
  resolve,
  type Schema,
  typeWords,
} from './reference-schema.ts'

interface Media {
  readonly schema?: Schema
}
interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, Media>>
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
}
interface Parameter {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly 'x-required-role'?: string
  readonly 'x-required-scope'?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Response>>
  readonly method: string
  readonly path: string
}

/** What to do about each refusal; a problem's `type` leads here. */
const advice: Readonly<Record<ErrorCode, string>> = {
  malformed: 'Syntax, type or name of a field is wrong; `errors` names it. Sending the same again cannot help.',
  payload_too_large: 'Bodies end at 1 MB, batches at 4 MB. Store large content elsewhere and send its address.',
  unsupported_media_type: 'Bodies are JSON in UTF-8, without Content-Encoding.',
  invalid: 'The request is well-formed but refused: out of range, unknown task name, or not what the handler takes.',
  idempotency_key_reused: 'The key belongs to another request. Use one key for each thing that you want done.',
  unauthorized: 'Send credentials, or new ones.',
  forbidden: 'The credentials are good but not for this, or the request comes from a foreign page.',
  not_found: 'There is no such thing, or it is not yours.',
  method_not_allowed: 'The header `Allow` names the methods of this path.',
  conflict: 'The task is in a state that does not take this; `currentState` and `allowedActions` say what it takes.',
  precondition_failed: 'Somebody has changed it. Read it again and decide anew.',
  rate_limited: 'Wait as long as `Retry-After` says.',
  internal: 'A fault of the server. Its log has the `requestId`.',
  unavailable:
    'The store does not answer. Whether a write was done is unknown: repeat it with the same Idempotency-Key.',
}

/** The API as a page to read: no script, one stylesheet. `{{root}}` stands for the way to the root of the site. */
export function referencePage(document: OpenApiDocument): string {
  // The library's types allow for far more than this document holds.
  const components = (document.components?.schemas ?? {}) as unknown as Components
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as unknown as Record<string, Operation>).map(([method, operation]) => ({
      ...operation,
      method,
      path,
    })),
  )
  const tags = document.tags ?? []
  const sections = tags.map(tag => ({
    ...tag,
    operations: operations.filter(operation => operation.tags.includes(tag.name)),
  }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pulse API reference</title>
<link rel="icon" href="{{root}}/docs/favicon-32x32.png">
<link rel="stylesheet" href="{{root}}/docs/reference.css">
</head>
<body>
<nav aria-label="Contents">
<p class="brand"><a href="#top">Pulse</a> <span>${escapeHtml(document.info.version)}</span></p>
${sections.map(section => `<h2>${section.name}</h2>\n<ul>${section.operations.map(entry).join('')}</ul>`).join('\n')}
<h2>More</h2>
<ul><li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li></ul>
</nav>
<main id="top">
<h1>Pulse API reference</h1>
<p class="lead">${prose(document.info.description ?? '')}</p>
<p>Try it on the <a href="{{root}}/docs">interactive page</a>; machines read <a href="{{root}}/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${sections.map(section => `<section><h2>${section.name}</h2><p>${prose(section.description ?? '')}</p>${section.operations.map(each => article(each, components)).join('')}</section>`).join('\n')}
<section id="problems"><h2>Problems</h2><p>Errors are <code>application/problem+json</code>. These are all the codes.</p>${Object.keys(
    errorCodes,
  )
    .map(code => problem(code as ErrorCode))
    .join('')}</section>
<section id="schemas"><h2>Schemas</h2>${Object.entries(components)
    .map(([name, schema]) => namedSchema(name, schema))
    .join('')}</section>
</main>
</body>
</html>
`
}

function entry({ operationId, method, summary }: Operation): string {
  return `<li><a href="#${operationId}"><span class="method ${method}">${method}</span>${escapeHtml(summary)}</a></li>`
}

function article(operation: Operation, components: Components): string {
  const { operationId, method, path, summary, description, parameters = [], requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.schema
  return `<article id="${operationId}">
<h3>${escapeHtml(summary)}</h3>
<p class="endpoint"><span class="method ${method}">${method}</span> <code>${escapeHtml(path)}</code></p>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
${needs(operation)}
${parameters.length === 0 ? '' : `<h4>Parameters</h4>${table(parameters.map(parameterRow))}`}
${body ? `<h4>Body${requestBody?.required ? '' : ' (optional)'}</h4>${fields(resolve(body, components))}${example(exampleOf(body, components))}` : ''}
<h4>Answers</h4>
${Object.entries(responses)
  .map(([status, response]) => answer(status, response, components))
  .join('')}
</article>`
}

/** What is needed where the server asks for a credential. */
function needs({ 'x-required-role': role, 'x-required-scope': scope }: Operation): string {
  if (scope === undefined) return ''
  return `<p>Needs the role <code>${role}</code>, and of an API key the scope <code>${scope}</code>.</p>`
}

function answer(status: string, { description, content = {}, headers = {} }: Response, components: Components): string {
  const summary = `<span class="status s${status[0]}">${status}</span> ${prose(description)}`
  const schema = content['application/json']?.schema
  if (!schema) return `<p class="answer">${summary}</p>`
  const rows = Object.entries(headers).map(([name, header]) => row(name, 'header', prose(header.description ?? '')))
  const kinds = schema.anyOf ?? [schema]
  return `<details><summary>${summary} ${typeWords(schema)}</summary>${rows.length > 0 ? table(rows) : ''}${kinds.map(kind => example(exampleOf(kind, components))).join('')}</details>`
}

function problem(code: ErrorCode): string {
  const { status, title } = errorCodes[code]
  return `<article id="problem-${code}"><h3><span class="status s${String(status)[0]}">${status}</span> <code>${code}</code></h3><p>${escapeHtml(title)}. ${prose(advice[code])}</p></article>`
}

function namedSchema(name: string, schema: Schema): string {
  const about = schema.description === undefined ? '' : `<p>${prose(schema.description)}</p>`
  return `<article id="schema-${name}"><h3>${name}</h3>${about}${schema.properties ? fields(schema) : `<p>${typeWords(schema)}</p>`}</article>`
}

function fields(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    fieldRow(name, field, schema.required?.includes(name) === true),
  )
  return rows.length > 0 ? table(rows) : '<p>No fields.</p>'
}

function parameterRow({ in: place, name, required, schema }: Parameter): string {
  return row(name, `${place}, ${typeWords(schema)}`, about(schema, required === true))
}

function fieldRow(name: string, schema: Schema, required: boolean): string {
  return row(name, typeWords(schema), about(schema, required && schema.default === undefined))
}

function about(schema: Schema, required: boolean): string {
  return [required ? '<b>Required.</b>' : '', prose(schema.description ?? ''), limitWords(schema)]
    .filter(Boolean)
    .join(' ')
}

function row(name: string, type: string, words: string): string {
  return `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${type}</td><td>${words}</td></tr>`
}

function table(rows: readonly string[]): string {
  return `<table><tbody>${rows.join('')}</tbody></table>`
}

function example(value: unknown): string {
  return `<pre><code>${escapeHtml(JSON.stringify(value, null, 2) ?? '')}</code></pre>`
}
