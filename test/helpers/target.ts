import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { ApiDocument } from './api-document.ts'
import { type Answer, Client, type RawAnswer, type RawOptions, raw } from './client.ts'
import { ROOT, type Server, startServer } from './server.ts'

export const MIB = 1_048_576
const MEMORY_GROWTH_MIB = 150

/** A server that hostile requests are sent to, and what each of its answers has to be. */
export class Target {
  readonly server: Server
  readonly client: Client
  readonly api: ApiDocument
  #memoryBefore = 0

  private constructor(server: Server, client: Client, api: ApiDocument) {
    this.server = server
    this.client = client
    this.api = api
  }

  static async start(): Promise<Target> {
    const server = await startServer({ data: ':memory:', tasks: `${ROOT}tasks` })
    const client = new Client(server.url)
    const target = new Target(server, client, new ApiDocument((await client.get('/openapi.json')).body))
    // Once warm: what the growth is measured from.
    const large = JSON.stringify({ payload: 'x'.repeat(200_000) })
    for (let n = 0; n < 50; n++) await target.post('/api/v1/tasks', large)
    target.#memoryBefore = target.#residentMiB()
    return target
  }

  post(path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
    return this.client.send('POST', path, { body, headers: { 'content-type': 'application/json', ...headers } })
  }

  /** Sends bytes as they stand; `{host}` is this server's authority. */
  send(head: string, body: string | Buffer = '', options: RawOptions = {}): Promise<RawAnswer> {
    const lines = head.replaceAll('\n', '\r\n').replaceAll('{host}', `127.0.0.1:${this.server.port}`)
    return raw(this.server.port, Buffer.concat([Buffer.from(`${lines}\r\n\r\n`, 'latin1'), Buffer.from(body)]), options)
  }

  /** One problem and the end of the connection: nothing of what followed was taken for another request. */
  expectOnly(statuses: readonly number[], answer: RawAnswer): void {
    expect(statuses, answer.text.slice(0, 300)).toContain(answer.status)
    expect({ answers: answer.answers, closed: answer.closed }).toEqual({ answers: 1, closed: true })
    const text = answer.text.slice(answer.text.indexOf('\r\n\r\n') + 4)
    const { status, headers } = answer
    this.api.check({ status, headers, text, body: JSON.parse(text) }, answer.text.slice(0, 100))
  }

  async expectRefused(
    statuses: readonly number[],
    path: string,
    body: string | Buffer,
    headers?: Record<string, string>,
  ): Promise<void> {
    const answer = await this.post(path, body, headers)
    const start = body.toString().slice(0, 60)
    this.api.check(answer, start)
    expect(statuses, `${answer.status} ${answer.text.slice(0, 200)} for ${start}`).toContain(answer.status)
  }

  async expectAnswer(statuses: readonly number[], method: string, path: string): Promise<Answer> {
    const answer = await this.client.send(method, path)
    this.api.check(answer, `${method} ${path}`)
    expect(statuses, `${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`).toContain(answer.status)
    return answer
  }

  /** It lives, it works, its memory has not grown much, and its log is whole. */
  async expectWell(after: string): Promise<void> {
    const id = await this.client.submit({ name: 'echo', payload: 'still here' })
    expect(await this.client.task(id, 10)).toMatchObject({ state: 'COMPLETED', result: 'still here' })
    const grown = this.#residentMiB() - this.#memoryBefore
    process.stdout.write(
      `${after}: resident memory ${this.#memoryBefore.toFixed(0)} MiB before, ${grown.toFixed(0)} MiB more after\n`,
    )
    expect(grown).toBeLessThan(MEMORY_GROWTH_MIB)
    const lines = this.server.stderr().split('\n').filter(Boolean)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) })
    expect(lines.filter(line => line.includes('request.failed'))).toEqual([])
    expect(await this.server.stop()).toEqual({ code: 0, signal: null })
  }

  #residentMiB(): number {
    const status = readFileSync(`/proc/${this.server.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024
  }
}
