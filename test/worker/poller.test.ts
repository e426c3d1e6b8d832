import { describe, expect, onTestFinished, test } from 'vitest'
import { openGate } from '../../shared/core/dispatch.ts'
import type { Hint } from '../../shared/core/task.ts'
import type { Disposal } from '../../shared/engine/handle-hint.ts'
import { createPoller, type HintSource } from '../../shared/worker/poller.ts'
import { at, createManualClock, turns } from '../helpers/clock.ts'
import { type Gateway, gateway } from '../helpers/engine.ts'
import { invocationOf, seenHooks } from '../helpers/engine-runner.ts'

/** Hints in the order of their times; what is received is out until it is done. */
function aSource() {
  const due: { hint: Hint; at: number }[] = []
  const done: { task: string; again: number | undefined }[] = []
  let listener = (_: number) => {}
  let broken = false
  let receives = 0
  const source: HintSource = {
    receive(max, gate, now) {
      receives++
      if (broken) throw new Error('the file cannot be read')
      if (gate.all) return []
      const ready = due.filter(each => each.at <= now).slice(0, max)
      for (const each of ready) due.splice(due.indexOf(each), 1)
      return ready.map(({ hint }) => hint)
    },
    done(hint, again) {
      done.push({ task: hint.task, again })
      if (again !== undefined) due.push({ hint, at: again })
    },
    nextDueAt: gate =>
      gate.all ? Number.POSITIVE_INFINITY : Math.min(Number.POSITIVE_INFINITY, ...due.map(each => each.at)),
    onWork(added) {
      listener = added
    },
  }
  return {
    source,
    done,
    receives: () => receives,
    breakDown: (down: boolean) => {
      broken = down
    },
    add(task: string, time: number) {
      due.push({ hint: { task, name: 'task', messageId: 'm' }, at: time })
      listener(time)
    },
  }
}

function aPoller(options: { concurrency?: number; gate?: { closed: boolean; until: number } } = {}) {
  const clock = createManualClock()
  const from = aSource()
  const handled: string[] = []
  const failures: unknown[] = []
  const ends = new Map<string, Gateway<Disposal>>()
  const gate = options.gate ?? { closed: false, until: Number.POSITIVE_INFINITY }
  const poller = createPoller({
    source: from.source,
    clock,
    gate: {
      current: now => ({ ...openGate, all: gate.closed && now < gate.until }),
      nextChangeAt: now => (now < gate.until ? gate.until : Number.POSITIVE_INFINITY),
    },
    concurrency: options.concurrency ?? 2,
    handle(hint) {
      handled.push(hint.task)
      const end = gateway<Disposal>()
      ends.set(hint.task, end)
      return end.promise
    },
    failed: error => void failures.push(error),
  })
  onTestFinished(async () => {
    for (const end of ends.values()) end.open('ack')
    await poller.stop()
  })
  const end = async (task: string, disposal: Disposal = 'ack') => {
    ends.get(task)?.open(disposal)
    await turns()
  }
  return { ...from, clock, handled, failures, ends, gate, poller, end }
}

describe('the poller', () => {
  test('takes nothing before it is started', async () => {
    const { add, handled, poller, clock } = aPoller()
    add('a', at('10:00:00'))
    poller.poke()
    await clock.advance(60_000)
    expect(handled).toEqual([])
  })

  test('takes as many as it has slots, and one more for each that ends', async () => {
    const { add, handled, poller, end, done } = aPoller({ concurrency: 2 })
    for (const task of ['a', 'b', 'c', 'd']) add(task, at('10:00:00'))
    poller.start()
    await turns()
    expect(handled).toEqual(['a', 'b'])
    await end('b')
    expect(handled).toEqual(['a', 'b', 'c'])
    await end('a')
    expect(handled).toEqual(['a', 'b', 'c', 'd'])
    expect(done).toEqual([
      { task: 'b', again: undefined },
      { task: 'a', again: undefined },
    ])
  })

  test('is told of new work at once, and sleeps until what is due later', async () => {
    const { add, handled, poller, clock, receives } = aPoller()
    poller.start()
    await turns()
    const idle = receives()
    await clock.advance(50_000)
    expect(receives()).toBe(idle)
    add('now', clock.now())
    await turns()
    expect(handled).toEqual(['now'])
    add('later', at('10:10:00'))
    add('sooner', at('10:05:00'))
    await clock.advance(at('10:05:00') - clock.now() - 1)
    expect(handled).toEqual(['now'])
    await clock.advance(1)
    expect(handled).toEqual(['now', 'sooner'])
  })

  test('H101 notices a clock that jumped ahead', async () => {
    const { add, handled, poller, clock } = aPoller()
    poller.start()
    add('far', at('20:00:00'))
    await clock.advance(1_000)
    clock.set(at('20:00:01'))
    await clock.advance(0)
    expect(handled).toEqual(['far'])
  })

  test('P10 takes nothing while the gate is closed, and goes on when its time is up', async () => {
    const { add, handled, poller, clock } = aPoller({ gate: { closed: true, until: at('10:00:30') } })
    poller.start()
    add('a', at('10:00:00'))
    await clock.advance(29_999)
    expect(handled).toEqual([])
    await clock.advance(1)
    expect(handled).toEqual(['a'])
  })

  test('a hint that is left comes back a second later', async () => {
    const { add, handled, poller, clock, end, done } = aPoller()
    add('a', at('10:00:00'))
    poller.start()
    await turns()
    await end('a', 'leave')
    expect(done).toEqual([{ task: 'a', again: at('10:00:01') }])
    await clock.advance(999)
    expect(handled).toEqual(['a'])
    await clock.advance(1)
    expect(handled).toEqual(['a', 'a'])
  })

  test('H38 a hint that could not be handled comes back, its slot is free, and somebody is told', async () => {
    const { add, handled, poller, clock, ends, failures } = aPoller({ concurrency: 1 })
    add('a', at('10:00:00'))
    add('b', at('10:00:00'))
    poller.start()
    await turns()
    ends.get('a')?.fail(new Error('the store is down'))
    await turns()
    expect(failures).toEqual([new Error('the store is down')])
    expect(handled).toEqual(['a', 'b'])
    ends.get('b')?.open('ack')
    await clock.advance(1_000)
    expect(handled).toEqual(['a', 'b', 'a'])
  })

  test('H109 a source that cannot be read ends no process: somebody is told, and it is read again', async () => {
    const { add, handled, poller, clock, breakDown, failures } = aPoller()
    breakDown(true)
    add('a', at('10:00:00'))
    poller.start()
    await clock.advance(2_500)
    expect(failures.length).toBeGreaterThanOrEqual(2)
    expect(failures.length).toBeLessThanOrEqual(4)
    breakDown(false)
    await clock.advance(1_000)
    expect(handled).toEqual(['a'])
  })

  test('stop waits for what was taken, and takes no more', async () => {
    const { add, handled, poller, clock, end } = aPoller({ concurrency: 1 })
    add('a', at('10:00:00'))
    add('b', at('10:00:00'))
    poller.start()
    await turns()
    let stopped = false
    const stopping = poller.stop().then(() => (stopped = true))
    await clock.advance(60_000)
    expect(stopped).toBe(false)
    await end('a')
    await stopping
    add('c', at('10:00:00'))
    await clock.advance(60_000)
    expect(handled).toEqual(['a'])
  })

  test('can be started again, and keeps the times that it slept for', async () => {
    const { add, handled, poller, clock } = aPoller()
    poller.start()
    add('a', at('10:00:30'))
    await turns()
    await poller.stop()
    poller.start()
    await clock.advance(30_000)
    expect(handled).toEqual(['a'])
  })

  test('stop of an idle one is at once', async () => {
    const { poller } = aPoller()
    poller.start()
    await turns()
    await poller.stop()
  })

  test('a handler gives its slot back as soon as it ends, while its outcome is still being written', async () => {
    const { add, handled, poller } = aPoller({ concurrency: 1 })
    const ran = gateway()
    const runner = poller.slotted({
      run: async () => {
        await ran.promise
        return { kind: 'completed', result: undefined }
      },
      close: async () => {},
    })
    add('a', at('10:00:00'))
    add('b', at('10:00:00'))
    poller.start()
    await turns()
    const invocation = { ...invocationOf('task'), id: 'a' }
    const end = runner.run(invocation, seenHooks(), {} as never)
    await turns()
    expect(handled).toEqual(['a'])
    ran.open()
    await end
    await turns()
    expect(handled).toEqual(['a', 'b'])
  })
})
