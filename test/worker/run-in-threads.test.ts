import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Abortion, type Child } from '../../shared/ports/handler-runner.ts'
import { createThreadRunner } from '../../shared/worker/run-in-threads.ts'
import { tempFolder } from '../helpers/backend-folder.ts'
import { createManualClock, turns, until } from '../helpers/clock.ts'
import { gateway } from '../helpers/engine.ts'
import { invocationOf, seenHooks } from '../helpers/engine-runner.ts'

const tasks = new URL('../helpers/tasks/index.ts', import.meta.url).href

function threads(count: number, clock = createManualClock(), from = tasks) {
  const runner = createThreadRunner(from, count, clock)
  onTestFinished(() => runner.close())
  const run = (name: string, payload?: unknown, abortion = new Abortion(), hooks = seenHooks()) =>
    runner.run(invocationOf(name, payload), hooks, abortion)
  return { clock, runner, run }
}

describe('handlers in threads', () => {
  test('get their input and their context, and their result comes back', async () => {
    const { runner } = threads(1)
    const invocation = invocationOf('echo', { a: [1] })
    const end = await runner.run(invocation, seenHooks(), new Abortion())
    const result = JSON.stringify({
      input: { a: [1] },
      id: invocation.id,
      run: 3,
      attempt: 2,
      idempotencyKey: `${invocation.id}:3`,
    })
    expect(end).toEqual({ kind: 'completed', result })
  })

  test('fail as they do in this thread', async () => {
    const { run } = threads(1)
    expect(await run('throws')).toMatchObject({
      kind: 'failed',
      error: { name: 'RangeError', message: 'in its thread', stack: expect.stringContaining('helpers/tasks') },
    })
    expect(await run('unstorable')).toMatchObject({ kind: 'discarded', error: { code: 'result_unstorable' } })
    expect(await run('nobody')).toMatchObject({ kind: 'failed', error: { message: 'no handler named nobody' } })
  })

  test('report progress and log lines, also of what cannot cross', async () => {
    const { run } = threads(1)
    const hooks = seenHooks()
    expect(await run('reports', undefined, new Abortion(), hooks)).toMatchObject({
      kind: 'discarded',
      error: { message: 'reported' },
    })
    expect(hooks.progressed).toEqual([{ percent: 40, message: 'on the way' }])
    expect(hooks.lines).toEqual([
      { level: 'warn', message: 'careful', fields: { n: 1 } },
      { level: 'info', message: 'big', fields: { omitted: expect.stringMatching(/BigInt/) } },
    ])
  })

  test('enqueue children with their options, one index each; a refusal reaches them', async () => {
    const { run } = threads(1)
    const hooks = seenHooks(async ({ name }: Child, index) => {
      if (name === 'nobody') throw new Error('no handler is registered')
      return { id: `child-${index}` }
    })
    const end = await run('parent', { deep: ['ü'] }, new Abortion(), hooks)
    expect(end).toMatchObject({ kind: 'completed' })
    expect(JSON.parse((end as { result: string }).result)).toEqual({
      first: 'child-0',
      nothing: 'child-1',
      refused: 'no handler is registered',
      unsendable: 'TypeError',
    })
    expect(hooks.children[0]).toEqual({
      index: 0,
      child: { name: 'echo', payload: { deep: ['ü'] }, priority: 2, delayMs: 300_000, tags: { a: 'b' } },
    })
    expect(hooks.children[1]?.child.payload).toBeUndefined()
  })

  test('of which one is blocked stall neither this thread nor the others', async () => {
    const { run } = threads(2)
    await Promise.all([run('echo'), run('echo')])
    let ended = false
    const blocked = run('blocked', 2_000).then(end => {
      ended = true
      return end
    })
    let turns = 0
    for (; turns < 20; turns++) expect(await run('echo', turns)).toMatchObject({ kind: 'completed' })
    expect(ended).toBe(false)
    expect(await blocked).toEqual({ kind: 'completed', result: '"unblocked"' })
  })

  test('run as many at a time as there are threads, and the others after them', async () => {
    const { run } = threads(2)
    const hooks = seenHooks()
    const abortions = [new Abortion(), new Abortion(), new Abortion()]
    const ends = abortions.map(abortion => run('obeys', undefined, abortion, hooks))
    await until(() => hooks.lines.length === 2, 'two have started')
    abortions[0]?.abort('canceled')
    expect(await ends[0]).toEqual({ kind: 'completed', result: '"stopped: canceled"' })
    await until(() => hooks.lines.length === 3, 'the third has started')
    abortions[1]?.abort('stopping')
    abortions[2]?.abort('timed_out')
    expect(await Promise.all(ends.slice(1))).toEqual([
      { kind: 'completed', result: '"stopped: stopping"' },
      { kind: 'completed', result: '"stopped: timed_out"' },
    ])
  })
})

describe('a handler that does not heed its signal', () => {
  test('H36 ends with its thread after a grace period, and another thread takes its place', async () => {
    const { run, clock } = threads(1)
    await run('echo')
    const abortion = new Abortion()
    const blocked = run('blocked', 60_000, abortion)
    abortion.abort('timed_out')
    let ended = false
    void blocked.then(() => (ended = true))
    await clock.advance(1_999)
    expect(ended).toBe(false)
    await clock.advance(1)
    expect(await blocked).toEqual({ kind: 'aborted' })
    expect(await run('echo', 'next')).toMatchObject({ kind: 'completed' })
  })

  test('that ends in its grace period keeps its thread', async () => {
    const { run, clock } = threads(1)
    const hooks = seenHooks()
    const abortion = new Abortion()
    const end = run('obeys', undefined, abortion, hooks)
    await hooks.logged('started')
    abortion.abort('lease_lost')
    expect(await end).toEqual({ kind: 'completed', result: '"stopped: lease_lost"' })
    expect(clock.timers()).toBe(0)
  })
})

describe('a handler that ends its thread', () => {
  const deaths: Record<string, { name: string; payload?: unknown; message: RegExp }> = {
    'by process.exit(0)': { name: 'exits', payload: 0, message: /exit code 0/ },
    'by process.exit(7)': { name: 'exits', payload: 7, message: /exit code 7/ },
    'by an exception out of nowhere': { name: 'throws-later', message: /out of nowhere/ },
  }
  for (const [what, { name, payload, message }] of Object.entries(deaths)) {
    test(`${what} has failed alone; the others go on and another thread takes its place`, async () => {
      const { run } = threads(2)
      const hooks = seenHooks()
      const abortion = new Abortion()
      const other = run('obeys', undefined, abortion, hooks)
      await hooks.logged('started')
      expect(await run(name, payload)).toMatchObject({
        kind: 'failed',
        error: { code: 'thread_ended', message: expect.stringMatching(message) },
      })
      expect(await run('echo')).toMatchObject({ kind: 'completed' })
      abortion.abort('canceled')
      expect(await other).toMatchObject({ kind: 'completed' })
    })
  }

  test('a promise that it forgot takes no thread and no other task with it', async () => {
    const { run } = threads(1)
    const hooks = seenHooks()
    expect(await run('forgets', undefined, new Abortion(), hooks)).toEqual({ kind: 'completed', result: '"completed"' })
    expect(hooks.lines).toMatchObject([{ level: 'error', message: expect.stringMatching(/forgotten/) }])
    for (let next = 0; next < 3; next++) expect(await run('echo')).toMatchObject({ kind: 'completed' })
  })

  test("the answer to its child's submit does not reach the next task in its thread", async () => {
    const { run } = threads(1)
    const late = gateway<{ id: string }>()
    const first = seenHooks(() => late.promise)
    expect(await run('forgets-its-child', 1, new Abortion(), first)).toMatchObject({ kind: 'completed' })
    const second = seenHooks(async (_, index) => {
      // Both have asked for their child number 0 by now.
      if (index === 0) late.open({ id: 'of the first task' })
      await new Promise(setImmediate)
      return { id: `of the second task, ${index}` }
    })
    const end = await run('parent', 2, new Abortion(), second)
    expect(JSON.parse((end as { result: string }).result)).toMatchObject({
      first: 'of the second task, 0',
      nothing: 'of the second task, 1',
    })
  })
})

describe('threads that cannot be had', () => {
  test('a task that waits for one heeds its signal', async () => {
    const { run } = threads(1)
    const hooks = seenHooks()
    const abortions = [new Abortion(), new Abortion()] as const
    const first = run('obeys', undefined, abortions[0], hooks)
    await hooks.logged('started')
    const second = run('echo', undefined, abortions[1])
    abortions[1].abort('stopping')
    expect(await second).toEqual({ kind: 'aborted' })
    abortions[0].abort('stopping')
    await first
  })

  test('because the module of the tasks is broken are not started without end, and the attempt says why it failed', async () => {
    const broken = new URL('../helpers/tasks/broken.js', import.meta.url).href
    const { run, clock } = threads(2, createManualClock(), broken)
    const error = { code: 'thread_ended', message: 'broken on purpose' }
    expect(await run('echo')).toMatchObject({ kind: 'failed', error })
    await until(() => clock.timers() === 2, 'both threads have ended')
    const next = run('echo')
    await clock.advance(1_000)
    expect(await next).toMatchObject({ kind: 'failed', error })
  })

  test('a task that is aborted before it starts does not start', async () => {
    const { run } = threads(1)
    const abortion = new Abortion()
    abortion.abort('stopping')
    const hooks = seenHooks()
    expect(await run('obeys', undefined, abortion, hooks)).toEqual({ kind: 'aborted' })
    expect(hooks.lines).toEqual([])
    expect(await run('echo')).toMatchObject({ kind: 'completed' })
  })

  test('because the module was broken are had when it is mended: none goes to an attempt that has failed meanwhile', async () => {
    const folder = tempFolder()
    const broken = join(folder, 'broken')
    const text = `import { existsSync } from 'node:fs'
      if (existsSync(${JSON.stringify(broken)})) throw new Error('broken on purpose')
      export * from ${JSON.stringify(tasks)}`
    writeFileSync(broken, '')
    writeFileSync(join(folder, 'tasks.mjs'), text)
    const { run, clock } = threads(1, createManualClock(), pathToFileURL(join(folder, 'tasks.mjs')).href)
    expect(await run('echo')).toMatchObject({ kind: 'failed', error: { message: 'broken on purpose' } })
    await until(() => clock.timers() === 1, 'it will be started again')
    rmSync(broken)
    await clock.advance(1_000)
    expect(await run('echo')).toMatchObject({ kind: 'completed' })
  })

  test('close ends them all, and what runs in them, and starts no other', async () => {
    const { runner, run } = threads(2)
    const blocked = run('blocked', 60_000)
    await run('echo')
    const started: unknown[] = []
    const listener = (worker: unknown) => void started.push(worker)
    process.on('worker', listener)
    onTestFinished(() => void process.off('worker', listener))
    await runner.close()
    expect(await blocked).toMatchObject({ kind: 'failed', error: { code: 'thread_ended' } })
    await turns()
    expect(started).toEqual([])
  })
})
