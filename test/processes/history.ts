import { join } from 'node:path'
import { Client, until } from '../helpers/client.ts'
import { type FileRow, readRows } from '../helpers/data-file.ts'
import { type Effect, readEffects } from '../helpers/effects.ts'
import { ROOT, type Server, startServer, temporaryFolder } from '../helpers/server.ts'
import { Caller } from './caller.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

const TASKS = join(ROOT, 'test/processes/tasks')
const DRAINED_MS = 150_000

/** What a history leaves behind, for the checks. */
export interface Told {
  readonly caller: Caller
  readonly rows: readonly FileRow[]
  readonly effects: readonly Effect[]
  /** When a server was killed. */
  readonly kills: readonly number[]
}

/** One server after another on one data folder, a network that fails in front of them, and a caller who does not give up. */
export class History {
  readonly kills: number[] = []
  readonly proxy: FaultyProxy
  readonly caller: Caller
  readonly #folder: string
  readonly #effects: string
  #server: Server | undefined

  private constructor(folder: string, proxy: FaultyProxy) {
    this.#folder = folder
    this.#effects = join(folder, 'effects.log')
    this.proxy = proxy
    this.caller = new Caller(proxy.url)
  }

  static async begin(settings: Readonly<Record<string, string>> = {}): Promise<History> {
    let history: History | undefined
    const proxy = await startProxy(() => history?.server.port ?? 1)
    history = new History(temporaryFolder(), proxy)
    await history.start(settings)
    return history
  }

  get server(): Server {
    if (!this.#server) throw new Error('no server has been started')
    return this.#server
  }

  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const env = {
      E2E_EFFECTS: this.#effects,
      PULSE_RATE_LIMIT_PER_HOUR: '0',
      PULSE_USER_RATE_LIMIT_PER_HOUR: '0',
      ...settings,
    }
    this.#server = await startServer({ data: this.#folder, tasks: TASKS, env })
  }

  /** SIGKILL: what runs now has lost its worker. */
  async kill(): Promise<void> {
    this.kills.push(Date.now())
    await this.server.kill()
  }

  async restart(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.kill()
    await this.start(settings)
  }

  effects(): Effect[] {
    return readEffects(this.#effects)
  }

  rows(): FileRow[] {
    return readRows(this.#folder)
  }

  /** Waits until so many attempts have started. */
  async started(count: number): Promise<void> {
    await until(
      () => this.effects().filter(({ kind }) => kind === 'start').length,
      found => found >= count,
      DRAINED_MS,
    )
  }

  /** Waits until so many tasks are in a state, as the server itself says. */
  async inState(state: 'PENDING' | 'RETRYING' | 'RUNNING', atLeast: number): Promise<void> {
    await this.#ask(totals => totals[state] >= atLeast)
  }

  async post(path: string, json: unknown): Promise<void> {
    const client = new Client(this.server.url)
    const { status, text } = await client.send('POST', path, { json })
    client.close()
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
  }

  /** Drains the queue to zero, ends the server as an operator would, and tells what is left. */
  async end(): Promise<Told> {
    await this.#ask(({ PENDING, RETRYING, RUNNING }) => PENDING + RETRYING + RUNNING === 0)
    const ended = await this.server.stop()
    this.proxy.close()
    if (ended.code !== 0) throw new Error(`the server ended with ${ended.code ?? ended.signal}`)
    return { caller: this.caller, rows: this.rows(), effects: this.effects(), kills: this.kills }
  }

  async #ask(wanted: (totals: Readonly<Record<'PENDING' | 'RETRYING' | 'RUNNING', number>>) => boolean): Promise<void> {
    const client = new Client(this.server.url)
    await until(
      () => client.stats(),
      ({ totals }) => wanted(totals),
      DRAINED_MS,
      50,
    )
    client.close()
  }
}
