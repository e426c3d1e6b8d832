import type { Answer } from '../../helpers/client.ts'
import type { Api } from '../api.ts'

// biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for.
type Body = any
export type Told = Answer & { readonly body: Body }

/** Whoever sends a token or an API key along; nobody without. */
export class Account {
  readonly #api: Api
  readonly #headers: Readonly<Record<string, string>>

  constructor(api: Api, credential?: string) {
    this.#api = api
    this.#headers = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
  }

  /** @param path below `/api/v1` */
  async ask(method: string, path: string, json?: unknown): Promise<Told> {
    const request = { headers: this.#headers, ...(json !== undefined && { json }) }
    return (await this.#api.send(method, `/api/v1${path}`, request)) as Told // each test looks at its own part
  }

  /** As `ask`. @throws Error unless the answer is 2xx */
  async get(method: string, path: string, json?: unknown): Promise<Body> {
    const answer = await this.ask(method, path, json)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  }
}

export interface Login {
  readonly email: string
  readonly password: string
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly expires_in: number
}

export async function logIn(api: Api, { email, password }: Login): Promise<Tokens> {
  return new Account(api).get('POST', '/auth/login', { email, password })
}

/** Makes an account by an invitation of an admin, and logs in. */
export async function join(api: Api, admin: Account, login: Login): Promise<Tokens> {
  const { invitation } = await admin.get('POST', '/users', { email: login.email })
  await new Account(api).get('POST', '/auth/register', { ...login, invitation })
  return logIn(api, login)
}
