import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What happens to one connection. Byte counts are of the request or of the answer, heads included. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'cut request'; readonly after: number }
  | { readonly kind: 'cut answer'; readonly after: number }
  /** The request arrives, its answer never does, and nobody hangs up. */
  | { readonly kind: 'half-open' }
  /** Both ways in small pieces. */
  | { readonly kind: 'trickle'; readonly bytes: number; readonly everyMs: number }
  /** The request arrives on two connections; the first answer counts. */
  | { readonly kind: 'double' }

export interface FaultyProxy {
  readonly url: string
  /** What befalls each connection from now on. */
  fail(next: () => Fault): void
  /** How often each kind of fault has happened. */
  readonly counts: ReadonlyMap<Fault['kind'], number>
  close(): void
}

/** Stands between clients and a server whose port changes with each start. */
export async function startProxy(port: () => number): Promise<FaultyProxy> {
  let next: () => Fault = () => ({ kind: 'none' })
  const counts = new Map<Fault['kind'], number>()
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    // Whoever is at the other end hangs up as it likes.
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    return socket
  }

  const server = createServer(client => {
    const fault = next()
    counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1)
    keep(client)
    if (fault.kind === 'refuse') client.destroy()
    else join(client, () => keep(connect(port(), '127.0.0.1')), fault)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: chosen => {
      next = chosen
    },
    counts,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function join(client: Socket, dial: () => Socket, fault: Fault): void {
  const target = dial()
  const hangUp = () => {
    client.destroy()
    target.destroy()
  }
  target.on('close', () => fault.kind !== 'half-open' && client.end())
  client.on('close', () => target.end())
  switch (fault.kind) {
    case 'cut request':
      cutAfter(client, target, fault.after, hangUp)
      target.pipe(client)
      break
    case 'cut answer':
      client.pipe(target)
      cutAfter(target, client, fault.after, hangUp)
      break
    case 'half-open':
      client.pipe(target)
      target.resume()
      break
    case 'trickle':
      trickle(client, target, fault.bytes, fault.everyMs)
      trickle(target, client, fault.bytes, fault.everyMs)
      break
    case 'delay':
      setTimeout(() => client.pipe(target), fault.ms)
      target.pipe(client)
      break
    case 'double': {
      const second = dial()
      second.resume()
      client.on('close', () => second.end())
      client.pipe(second)
      client.pipe(target)
      target.pipe(client)
      break
    }
    default:
      client.pipe(target)
      target.pipe(client)
  }
}

function cutAfter(from: Socket, to: Socket, bytes: number, hangUp: () => void): void {
  let left = bytes
  from.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, left)
    left -= part.length
    if (left > 0) to.write(part)
    else to.write(part, hangUp)
  })
  from.on('end', () => to.end())
}

function trickle(from: Socket, to: Socket, bytes: number, everyMs: number): void {
  from.on('data', (chunk: Buffer) => {
    from.pause()
    let sent = 0
    const timer = setInterval(() => {
      if (to.destroyed || sent >= chunk.length) {
        clearInterval(timer)
        from.resume()
        return
      }
      to.write(chunk.subarray(sent, sent + bytes))
      sent += bytes
    }, everyMs)
  })
  from.on('end', () => to.end())
}
