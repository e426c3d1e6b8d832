import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type * as z from 'zod'
import { defineTask, discard } from '../../shared/core/definition.ts'
import type { ErrorCode } from '../../shared/core/errors.ts'
import type * as answer from '../../shared/http/answer-schemas.ts'
import type * as schedules from '../../shared/http/schedule-answers.ts'
import type { CreateScheduleBody, EditScheduleBody, ScheduledTaskBody } from '../../shared/http/schedule-schemas.ts'
import type { SubmitBody } from '../../shared/http/task-schemas.ts'
import type * as sdk from '../../shared/sdk/index.ts'
import { Pulse } from '../../shared/sdk/index.ts'
import { checksumFile } from '../../tasks/checksum-file.ts'
import { echo } from '../../tasks/echo.ts'
import { sleep } from '../../tasks/sleep.ts'

/** Nothing is sent: these calls are only for the compiler. */
const never = (): never => {
  throw new Error('for the compiler only')
}
const pulse = new Pulse({ url: 'http://127.0.0.1:1' })
type Checksum = { sha256: string; bytes: number; lines: number }
const maybe = defineTask({
  name: 'maybe',
  run: async (input: { id: string }) => (input.id ? { ok: true } : discard('no id')),
})

describe('types follow from the definition', () => {
  test('enqueue takes its input and gives its result to wait, get and requeue', () => {
    const calls = () => {
      expectTypeOf(pulse.enqueue(checksumFile, { path: 'a' })).resolves.toEqualTypeOf<sdk.TaskHandle<Checksum>>()
      expectTypeOf(pulse.enqueue(maybe, { id: 'a' })).resolves.toEqualTypeOf<sdk.TaskHandle<{ ok: boolean }>>()
      expectTypeOf(pulse.enqueue('any', { whatever: 1 })).resolves.toEqualTypeOf<sdk.TaskHandle>()
      expectTypeOf(pulse.enqueue(echo, 5, { priority: 1, delay: '10m' })).resolves.toEqualTypeOf<sdk.TaskHandle>()
      // @ts-expect-error the input has another field
      void pulse.enqueue(checksumFile, { file: 'a' })
      // @ts-expect-error the input is of another type
      void pulse.enqueue(sleep, { ms: '5' })
      // @ts-expect-error the input is missing
      void pulse.enqueue(sleep)
      // @ts-expect-error there is no such option
      void pulse.enqueue(sleep, { ms: 5 }, { dealy: 5 })
      // @ts-expect-error there is no priority 6
      void pulse.enqueue(sleep, { ms: 5 }, { priority: 6 })
    }
    expect(calls).toBeTypeOf('function')
    const handle = never as () => sdk.TaskHandle<Checksum>
    const results = () => {
      expectTypeOf(pulse.wait(handle())).resolves.toEqualTypeOf<sdk.Task<Checksum>>()
      expectTypeOf(pulse.get(handle())).resolves.toEqualTypeOf<sdk.Task<Checksum>>()
      expectTypeOf(pulse.get<number>('task_1')).resolves.toEqualTypeOf<sdk.Task<number>>()
      expectTypeOf(pulse.wait('task_1')).resolves.toEqualTypeOf<sdk.Task>()
      expectTypeOf<sdk.Task<Checksum>['result']>().toEqualTypeOf<Checksum | undefined>()
    }
    expect(results).toBeTypeOf('function')
  })

  test('enqueueMany checks each input, and each outcome has the type of its task', () => {
    const calls = async () => {
      const outcomes = await pulse.enqueueMany([
        { task: checksumFile, input: { path: 'a' } },
        { task: sleep, input: { ms: 5 }, options: { priority: 5 } },
        { task: 'any', input: [] },
      ])
      expectTypeOf(outcomes[0]).toEqualTypeOf<sdk.BatchOutcome<Checksum>>()
      expectTypeOf(outcomes[1]).toEqualTypeOf<sdk.BatchOutcome<{ sleptMs: number }>>()
      expectTypeOf(outcomes[2]).toEqualTypeOf<sdk.BatchOutcome>()
      const many = await pulse.enqueueMany([1, 2].map(ms => ({ task: sleep, input: { ms } })))
      expectTypeOf(many).toEqualTypeOf<readonly sdk.BatchOutcome<{ sleptMs: number }>[]>()
      const first = { task: 'any', input: 1 }
      // @ts-expect-error the second input is of another type
      void pulse.enqueueMany([first, { task: sleep, input: { ms: '5' } }])
    }
    expect(calls).toBeTypeOf('function')
  })

  test('S2-49 schedule takes the input of its task, and exactly one rule', () => {
    const calls = () => {
      expectTypeOf(pulse.schedule(sleep, { ms: 5 }, { every: '5m' })).resolves.toEqualTypeOf<
        sdk.Schedule<{ ms: number }>
      >()
      expectTypeOf(pulse.schedule('any', 1, { at: new Date() })).resolves.toEqualTypeOf<sdk.Schedule>()
      expectTypeOf(pulse.schedules.trigger<Checksum>('sch_1')).resolves.toEqualTypeOf<sdk.TaskHandle<Checksum>>()
      void pulse.schedule(sleep, { ms: 5 }, { cron: '0 3 * * *', timeZone: 'Europe/Berlin', overlap: 'skip' })
      void pulse.schedule(sleep, { ms: 5 }, { after: '5m', catchUp: 7, task: { priority: 1, expiresIn: '1h' } })
      // @ts-expect-error what is about the task is in "task"
      void pulse.schedule(sleep, { ms: 5 }, { every: '5m', priority: 1 })
      // @ts-expect-error the input is that of the call
      void pulse.schedule(sleep, { ms: 5 }, { every: '5m', task: { payload: { ms: 6 } } })
      // @ts-expect-error the input is of another type
      void pulse.schedule(sleep, { ms: '5' }, { every: '5m' })
      // @ts-expect-error a rule is needed
      void pulse.schedule(sleep, { ms: 5 }, { name: 'nightly' })
      // @ts-expect-error one rule, not two
      void pulse.schedule(sleep, { ms: 5 }, { every: '5m', cron: '0 3 * * *' })
      // @ts-expect-error a time zone is for cron
      void pulse.schedule(sleep, { ms: 5 }, { every: '5m', timeZone: 'Europe/Berlin' })
      // @ts-expect-error there is no such option
      void pulse.schedule(sleep, { ms: 5 }, { every: '5m', delay: '5m' })
      // @ts-expect-error a schedule is not found by the id of a task
      void pulse.schedules.get((never as () => sdk.TaskHandle)())
    }
    expect(calls).toBeTypeOf('function')
  })

  test('an edit of the task starts from a whole one: what a list gives has no payload', () => {
    const calls = async () => {
      const whole = await pulse.schedules.get<{ ms: number }>('sch_1')
      void pulse.schedules.edit(whole, { task: { ...whole.task, priority: 2 } })
      void pulse.schedules.edit(whole, { task: { name: 'sleep', payload: undefined } })
      for await (const listed of pulse.schedules.list()) {
        void pulse.schedules.edit(listed, { task: { ...listed.task, payload: { ms: 5 } } })
        // @ts-expect-error the payload would be lost
        void pulse.schedules.edit(listed, { task: { ...listed.task, priority: 2 } })
      }
    }
    expect(calls).toBeTypeOf('function')
  })

  test('a pause has one selector at most', () => {
    const calls = () => {
      void pulse.pause({ reason: 'x', priority: 1 })
      void pulse.pause({ reason: 'x', name: 'mail' })
      // @ts-expect-error a priority or a name, not both
      void pulse.pause({ reason: 'x', priority: 1, name: 'mail' })
      // @ts-expect-error a reason is needed
      void pulse.pause({})
    }
    expect(calls).toBeTypeOf('function')
  })

  test('an error class narrows its code', () => {
    expectTypeOf<sdk.ConflictError['code']>().toEqualTypeOf<'conflict'>()
    expectTypeOf<sdk.NetworkError['code']>().toEqualTypeOf<'network'>()
    expectTypeOf<sdk.PulseClientError['code']>().toEqualTypeOf<ErrorCode | 'network' | 'wait_timeout'>()
  })
})

test('the answers have the fields that the API documents, no more and no fewer', () => {
  expectTypeOf<keyof sdk.Task>().toEqualTypeOf<keyof z.output<typeof answer.task>>()
  expectTypeOf<keyof sdk.TaskSummary>().toEqualTypeOf<keyof z.output<typeof answer.taskSummary>>()
  expectTypeOf<keyof sdk.Page<unknown>>().toEqualTypeOf<keyof z.output<typeof answer.taskPage>>()
  expectTypeOf<keyof sdk.DeadLetter>().toEqualTypeOf<keyof z.output<typeof answer.deadPage>['items'][number]>()
  expectTypeOf<keyof sdk.LogLine>().toEqualTypeOf<keyof z.output<typeof answer.logPage>['items'][number]>()
  expectTypeOf<keyof sdk.HistoryEntry>().toEqualTypeOf<keyof z.output<typeof answer.task>['history'][number]>()
  expectTypeOf<keyof sdk.Dispatch>().toEqualTypeOf<keyof z.output<typeof answer.dispatchAnswer>>()
  expectTypeOf<keyof sdk.Pause>().toEqualTypeOf<keyof z.output<typeof answer.dispatchAnswer>['pauses'][number]>()
  expectTypeOf<keyof sdk.Schedule>().toEqualTypeOf<keyof z.output<typeof schedules.schedule>>()
  expectTypeOf<keyof sdk.ScheduleSummary>().toEqualTypeOf<keyof z.output<typeof schedules.scheduleSummary>>()
  expectTypeOf<keyof sdk.ScheduledTask>().toEqualTypeOf<keyof z.output<typeof schedules.schedule>['task']>()
  expectTypeOf<keyof sdk.Occurrence>().toEqualTypeOf<keyof z.output<typeof schedules.occurrence>>()
  expectTypeOf<keyof sdk.Backfill>().toEqualTypeOf<keyof z.output<typeof schedules.backfillAnswer>>()
  expectTypeOf<keyof sdk.Backfill['items'][number]>().toEqualTypeOf<
    keyof z.output<typeof schedules.backfillAnswer>['items'][number]
  >()
  expectTypeOf<keyof sdk.ScheduleChanges>().toEqualTypeOf<keyof EditScheduleBody>()
  expectTypeOf<Exclude<keyof sdk.ScheduleOptions, 'signal' | 'idempotencyKey'>>().toEqualTypeOf<
    keyof CreateScheduleBody
  >()
  expectTypeOf<'name' | 'payload' | keyof sdk.TaskDetails>().toEqualTypeOf<keyof ScheduledTaskBody>()
  expectTypeOf<keyof NonNullable<sdk.ScheduleChanges['task']>>().toEqualTypeOf<keyof ScheduledTaskBody>()
  expectTypeOf<keyof sdk.Stats>().toEqualTypeOf<keyof z.output<typeof answer.statsAnswer>>()
  // The document calls a pause's priority a number, and what is absent undefined.
  type Unequal = 'pauses' | 'oldestWaiting'
  expectTypeOf<Omit<z.output<typeof answer.statsAnswer>, Unequal>>().toExtend<Omit<sdk.Stats, Unequal>>()
  expectTypeOf<keyof NonNullable<sdk.Stats['oldestWaiting']>>().toEqualTypeOf<
    keyof NonNullable<z.output<typeof answer.statsAnswer>['oldestWaiting']>
  >()
  expectTypeOf<Exclude<keyof sdk.TaskOptions, 'idempotencyKey'>>().toEqualTypeOf<
    Exclude<keyof SubmitBody, 'name' | 'payload'>
  >()
})

test('the client runs in browsers: it imports nothing of Node, no package, and of the product only core', () => {
  const folder = new URL('../../shared/sdk/', import.meta.url)
  const files = readdirSync(folder)
  expect(files).toContain('client.ts')
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    for (const [statement, from = ''] of text.matchAll(
      /^(?:import|export)[^'\n]*?(?:\{[^}]*\}[^'\n]*?)?from '([^']+)'/gm,
    )) {
      const ofSdk = /^\.\/[\w-]+\.ts$/.test(from)
      const ofErrors = from === '../core/errors.ts'
      const typeOfCore = /^\.\.\/core\/[\w-]+\.ts$/.test(from) && statement.startsWith('import type')
      expect(ofSdk || ofErrors || typeOfCore, `${file}: ${statement}`).toBe(true)
    }
    expect(text, file).not.toMatch(/\bprocess\.|\bBuffer\b|\brequire\(|import\(/)
  }
})
