import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createOutbox } from '../../shared/aws/outbox.ts'
import type { Outgoing } from '../../shared/aws/send-batch.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { entriesOf, receiveAll, takeAll, takeAllBut } from '../helpers/aws-messages.ts'
import { createClients, createResources } from '../helpers/aws-resources.ts'
import { createManualClock, turns } from '../helpers/clock.ts'
import { faultyRequests, refuse } from '../helpers/faulty-requests.ts'

const message = (body: string): Outgoing => ({ body, delaySeconds: 0, group: 'alice' })
const sizesOf = (requests: { readonly seen: readonly { body: Readonly<Record<string, unknown>> }[] }) =>
  requests.seen.map(request => entriesOf(request).length)

/** An outbox on a client whose requests are seen, and answered by AWS unless the test says otherwise. */
function openOutbox(clock: Clock) {
  const clients = createClients()
  onTestFinished(() => clients.destroy())
  const requests = faultyRequests(clients.sqs)
  const outbox = createOutbox(clients.sqs, clock)
  return {
    requests,
    outbox,
    send: (url: string, body: string) => outbox.expect().put(url, message(body)),
  }
}

async function openQueue() {
  const clients = createClients()
  const resources = await createResources(clients)
  onTestFinished(async () => {
    await resources.remove()
    clients.destroy()
  })
  const { url } = resources.queues['3']
  return { url, bodies: async () => (await receiveAll(clients.sqs, url)).map(({ Body }) => Body).sort() }
}

describe('messages that are sent about the same time', () => {
  test('share calls, ten in each, and all of them arrive', async () => {
    const { requests, send } = openOutbox(createManualClock())
    const { url, bodies } = await openQueue()
    const sent = Array.from({ length: 25 }, (_, index) => `message ${index}`)
    await Promise.all(sent.map(body => send(url, body)))
    expect(sizesOf(requests)).toEqual([10, 10, 5])
    expect(await bodies()).toEqual(sent.toSorted())
  })

  test('share no call when their queues differ', async () => {
    const { requests, send } = openOutbox(createManualClock())
    requests.always('SendMessageBatch', takeAll)
    await Promise.all(['a', 'b', 'a'].map(queue => send(`http://127.0.0.1/${queue}`, queue)))
    expect(requests.seen.map(request => [request.body.QueueUrl, entriesOf(request).length])).toEqual([
      ['http://127.0.0.1/a', 2],
      ['http://127.0.0.1/b', 1],
    ])
  })

  test('wait for those that are announced, and go when the last has come or will not', async () => {
    const { requests, outbox } = openOutbox(createManualClock())
    requests.always('SendMessageBatch', takeAll)
    const [first, second, third] = [outbox.expect(), outbox.expect(), outbox.expect()]
    const sent = [first.put('http://127.0.0.1/q', message('1'))]
    await turns()
    expect(requests.seen).toEqual([])
    sent.push(third.put('http://127.0.0.1/q', message('3')))
    await turns()
    expect(requests.seen).toEqual([])
    second.drop()
    await Promise.all(sent)
    expect(sizesOf(requests)).toEqual([2])
  })

  test('wait 100 ms for the next one, and no longer for what does not come', async () => {
    const clock = createManualClock()
    const { requests, outbox } = openOutbox(clock)
    requests.always('SendMessageBatch', takeAll)
    const [first, second, late] = [outbox.expect(), outbox.expect(), outbox.expect()]
    const sent = [first.put('http://127.0.0.1/q', message('1'))]
    await clock.advance(99)
    sent.push(second.put('http://127.0.0.1/q', message('2')))
    await clock.advance(99)
    expect(requests.seen).toEqual([])
    await clock.advance(1)
    await Promise.all(sent)
    await late.put('http://127.0.0.1/q', message('3'))
    expect(sizesOf(requests)).toEqual([2, 1])
    expect(clock.timers()).toBe(0)
  })

  test('wait for nobody once they are ten', async () => {
    const { requests, outbox } = openOutbox(createManualClock())
    requests.always('SendMessageBatch', takeAll)
    const places = Array.from({ length: 11 }, () => outbox.expect())
    await Promise.all(places.slice(0, 10).map((place, index) => place.put('http://127.0.0.1/q', message(`${index}`))))
    expect(sizesOf(requests)).toEqual([10])
  })

  test('H13 fill calls of at most ten, and of at most 256 KiB, and each goes once, whatever their sizes', async () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 262_000 })), {
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(sizes, async lengths => {
        const { requests, send } = openOutbox(createManualClock())
        requests.always('SendMessageBatch', takeAll)
        const sent = lengths.map((length, index) => `${index}:`.padEnd(length, 'é'))
        await Promise.all(sent.map(body => send('http://127.0.0.1/q', body)))
        for (const request of requests.seen) {
          const entries = entriesOf(request)
          expect(entries.length).toBeLessThanOrEqual(10)
          const bytes = entries.map(entry => Buffer.byteLength(entry.MessageBody) + entry.MessageGroupId.length)
          if (entries.length > 1) expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(256 * 1_024)
          expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length)
        }
        expect(requests.seen.flatMap(entriesOf).map(({ MessageBody }) => MessageBody)).toEqual(sent)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a call that succeeds', () => {
  test('H11 with entries that failed: those alone are sent again, and taken', async () => {
    const { requests, send } = openOutbox(systemClock)
    const { url, bodies } = await openQueue()
    requests.next('SendMessageBatch', takeAllBut(['b']))
    const sent = Promise.all(['a', 'b', 'c'].map(body => send(url, body)))
    await sent
    expect(requests.seen.map(request => entriesOf(request).map(({ MessageBody }) => MessageBody))).toEqual([
      ['a', 'b', 'c'],
      ['b'],
    ])
    expect(await bodies()).toEqual(['a', 'b', 'c'])
  })

  test('H11 with entries that fail again and again: those are named, one by one, and the others are taken', async () => {
    const { requests, send } = openOutbox(systemClock)
    const { url, bodies } = await openQueue()
    requests.always('SendMessageBatch', takeAllBut(['b', 'd']))
    const fates = Promise.allSettled(['a', 'b', 'c', 'd'].map(body => send(url, body)))
    expect((await fates).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect((await fates)[1]).toMatchObject({ reason: { name: 'StoreUnavailable' } })
    expect(sizesOf(requests)).toEqual([4, 2, 2])
    expect(await bodies()).toEqual(['a', 'c'])
  })

  test('H11 without a word about an entry has not taken it', async () => {
    const { requests, send } = openOutbox(systemClock)
    const { url, bodies } = await openQueue()
    requests.next('SendMessageBatch', takeAllBut(['a'], false))
    const sent = Promise.all(['a', 'b'].map(body => send(url, body)))
    await sent
    expect(await bodies()).toEqual(['a', 'b'])
  })

  test('H11 and then one that fails: what the first has taken stays taken', async () => {
    const { requests, send } = openOutbox(systemClock)
    const { url, bodies } = await openQueue()
    requests.next('SendMessageBatch', takeAllBut(['b']), refuse('AccessDeniedException'))
    const fates = Promise.allSettled(['a', 'b'].map(body => send(url, body)))
    expect((await fates).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(await bodies()).toEqual(['a'])
  })
})

test('H6 a call that fails fails all that it holds', async () => {
  const { requests, send } = openOutbox(createManualClock())
  requests.always('SendMessageBatch', refuse('AccessDeniedException'))
  const fates = await Promise.allSettled(['a', 'b'].map(body => send('http://127.0.0.1/q', body)))
  for (const fate of fates) expect(fate).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } })
})
