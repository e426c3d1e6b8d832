import * as schemas from '../../shared/http/answer-schemas.ts'
import type { Answer, Stats, Task } from '../helpers/client.ts'
import { eventually } from './eventually.ts'
import { exchange } from './exchange.ts'
import { type Credentials, sign } from './sign.ts'

export interface ApiAddress {
  /** The deployed API's URL, as its stack names it, with the stage of a REST API. */
  readonly url: URL
  /** Where that name leads. */
  readonly gateway: URL
}

export interface ApiRequest {
  readonly json?: unknown
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

const TERMINAL = ['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED']

/** What anybody with an HTTPS client can do with a deployed API, and nothing more. */
export class Api {
  readonly #address: ApiAddress
  readonly #signer: Credentials | undefined

  /** @param signer signs each request, as an API that takes signed ones only asks for */
  constructor(address: ApiAddress, signer?: Credentials) {
    this.#address = address
    this.#signer = signer
  }

  /** The same API for another caller; for one who does not sign, when none is given. */
  as(signer?: Credentials): Api {
    return new Api(this.#address, signer)
  }

  /** @param path below the API's root */
  async send(method: string, path: string, { json, body, headers }: ApiRequest = {}): Promise<Answer> {
    return this.call(method, this.#address.url.pathname.replace(/\/$/, '') + path, {
      body: json === undefined ? (body ?? '') : JSON.stringify(json),
      headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
    })
  }

  /** @param path whole, as a `Location` header has it */
  async call(method: string, path: string, { body = '', headers = {} }: ApiRequest = {}): Promise<Answer> {
    const { url, gateway } = this.#address
    const named = { ...headers, host: url.host }
    const request = { method, url: new URL(path, url), headers: named, body }
    const signed = this.#signer ? sign(request, 'execute-api', this.#signer, new Date()) : named
    const answer = await exchange(new URL(path, gateway), { method, headers: signed, body })
    const text = answer.bytes.toString()
    const isJson = /json/.test(answer.headers['content-type'] ?? '')
    return { ...answer, text, body: text !== '' && isJson ? JSON.parse(text) : undefined }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, { headers })
  }

  post(path: string, json: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('POST', path, { json, headers })
  }

  /** As a client library does it: with a key, so that it may be repeated. @throws Error unless the answer is 202 */
  async submit(task: Readonly<Record<string, unknown>>): Promise<string> {
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answer = await this.#patiently(() => this.post('/api/v1/tasks', task, key))
    if (answer.status !== 202) throw new Error(`submit: ${answer.status} ${answer.text}`)
    return (answer.body as { id: string }).id
  }

  async task(id: string): Promise<Task> {
    const answer = await this.#patiently(() => this.get(`/api/v1/tasks/${id}`))
    if (answer.status !== 200) throw new Error(`read ${id}: ${answer.status} ${answer.text}`)
    return schemas.task.parse(answer.body)
  }

  /** A busy machine starts processes for many functions at once, while calls of the store may take no longer than on AWS. */
  #patiently(ask: () => Promise<Answer>): Promise<Answer> {
    return eventually(ask, ({ status }) => status !== 503, 10_000)
  }

  /** The task, once it has ended. */
  ended(id: string, limitMs = 60_000): Promise<Task> {
    return this.when(id, ({ state }) => TERMINAL.includes(state), limitMs)
  }

  /** The task, once it is as wanted. */
  when(id: string, wanted: (task: Task) => boolean, limitMs = 30_000): Promise<Task> {
    return eventually(() => this.task(id), wanted, limitMs)
  }

  async stats(): Promise<Stats> {
    return schemas.statsAnswer.parse((await this.get('/api/v1/stats')).body)
  }
}
