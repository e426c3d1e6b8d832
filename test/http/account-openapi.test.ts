import { describe, expect, test } from 'vitest'
import * as body from '../../shared/http/account-bodies.ts'
import { createOpenApi } from '../../shared/http/openapi.ts'
import { routeList } from '../../shared/http/routes.ts'

interface Operation {
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly 'x-required-role': string
  readonly 'x-required-scope'?: string
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> }
  readonly responses: Readonly<Record<string, { readonly content?: object }>>
}

const document = createOpenApi('1')
const paths = document.paths as unknown as Record<string, Record<string, Operation>>
const operationOf = (method: string, path: string) => paths[path]?.[method.toLowerCase()]

describe('/openapi.json and accounts', () => {
  test('SEC-18 it names the role, the scope and the credentials that each route asks for', () => {
    for (const { method, path, role, scope } of routeList) {
      const operation = operationOf(method, path)
      expect([operation?.['x-required-role'], operation?.['x-required-scope']], path).toEqual([role, scope])
      const schemes = operation?.security.flatMap(each => Object.keys(each))
      expect(schemes, path).toEqual(role === 'public' ? [] : ['accessToken', 'apiKey', 'cookie'])
    }
    const open = routeList.filter(({ role }) => role === 'public').map(({ path }) => path)
    expect(open.sort()).toEqual(
      ['/api/v1/auth/login', '/api/v1/auth/refresh', '/api/v1/auth/register'].concat(
        ['/console', '/console/assets/{file}', '/console/schedules', '/docs', '/docs/{file}'],
        ['/health', '/openapi.json', '/ready', '/redoc'],
      ),
    )
  })

  test('S1-25 tokens and keys are bearer credentials, and the cookie is named', () => {
    expect(document.components?.securitySchemes).toMatchObject({
      accessToken: { type: 'http', scheme: 'bearer' },
      apiKey: { type: 'http', scheme: 'bearer' },
      cookie: { type: 'apiKey', in: 'cookie', name: '__Host-pulse_access' },
    })
  })

  test('S1-02 login and refresh take a form as well, and nothing else does', () => {
    const FORM = 'application/x-www-form-urlencoded'
    const forms = routeList.filter(
      ({ method, path }) => FORM in (operationOf(method, path)?.requestBody?.content ?? {}),
    )
    expect(forms.map(({ id }) => id)).toEqual(['login', 'refresh'])
  })

  test('every refusal of an account route is a problem document, and a 204 has no body', () => {
    for (const { method, path } of routeList.filter(({ group }) => group === 'auth'))
      for (const [status, { content }] of Object.entries(operationOf(method, path)?.responses ?? {})) {
        if (Number(status) >= 400) expect(Object.keys(content ?? {})).toEqual(['application/problem+json'])
        else expect(content === undefined, `${path} ${status}`).toBe(status === '204')
      }
  })

  test('examples of account bodies are what their schemas ask for', () => {
    for (const schema of [body.registerBody, body.loginBody, body.createKeyBody, body.editUserBody, body.inviteBody]) {
      const { id, example } = schema.meta() ?? {}
      expect(schema.safeParse(example).error, id).toBeUndefined()
    }
  })
})
