import { once } from 'node:events'
import { createConnection } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Answered, createGateway, type Gateway, type GatewayOptions } from '../../shared/runtime/gateway.ts'
import { type Api, openApi } from './setup.ts'

export interface Served {
  readonly api: Api
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly answered: Answered[]
}

/** The API behind a gateway on a free port. */
export async function serve(
  options: Partial<GatewayOptions> & { readonly running?: boolean; readonly accounts?: boolean } = {},
): Promise<Served> {
  const { running = false, accounts = false } = options
  const api = await openApi({ running, accounts })
  const answered: Answered[] = []
  const gateway = createGateway({
    handlers: api.handlers,
    host: '127.0.0.1',
    port: 0,
    onAnswer: each => answered.push(each),
    ...options,
  })
  const url = await gateway.listen()
  onTestFinished(() => gateway.close(0))
  return { api, gateway, url, port: Number(new URL(url).port), answered }
}

export const submit = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/v1/tasks`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

/** Sends bytes as they are, and reads until the server closes. */
export async function raw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  for (const part of parts) socket.write(part)
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  await once(socket, 'close')
  return text
}
