import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { Change } from '../../shared/core/change.ts'
import type { Hint, Instant, TaskRow } from '../../shared/core/task.ts'
import { claim, fail, type NewTask, submit } from '../../shared/core/transitions.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import type { ContractBackend, Differences, OpenBackend } from '../helpers/backend-under-test.ts'
import { at } from '../helpers/clock.ts'
import { backends } from './backends.ts'
import { boom, hint, lease, names, newTask } from './fixtures.ts'

/** A backend as a suite sees it: a new and empty one for each test. */
export interface BackendUnderTest extends Backend {
  readonly differences: Differences
  /** What the backend's clock shows from now on. */
  setNow(now: Instant): void
  received(now: Instant): Promise<readonly Hint[]>
  reopen(): Promise<void>
  /** Commits a change that must be taken. */
  written(change: Change): Promise<TaskRow>
  submitted(task?: Partial<NewTask>, now?: Instant): Promise<TaskRow>
  /** Claimed by the holder of the token, with a lease of 30 s. */
  claimed(row: TaskRow, token: string, now: Instant): Promise<TaskRow>
  /** A task that has died of one attempt. */
  dead(task: Partial<NewTask>, message: string, now: Instant): Promise<TaskRow>
  /** Checks what lists and counters show: at once, or as soon as the backend promises it. */
  shows(check: () => Promise<void>): Promise<void>
}

/** Runs a suite on every backend. */
export function describeBackends(title: string, suite: (backend: BackendUnderTest) => void): void {
  for (const each of backends) describe(`${title} on ${each.name}`, () => suite(openForEachTest(each)))
}

function openForEachTest({ open, differences, skips }: ContractBackend): BackendUnderTest {
  let now = at('10:00:00')
  let current: OpenBackend | undefined
  const opened = (): OpenBackend => {
    if (!current) throw new Error('the backend is there while a test runs')
    return current
  }

  beforeEach(async context => {
    const skip = skips.find(({ test }) => test === context.task.name)
    if (skip) context.skip(skip.reason)
    now = at('10:00:00')
    current = await open({ now: () => now, names })
  })
  afterEach(async () => {
    await current?.close()
    current = undefined
  })

  const written = async (change: Change) => {
    const committed = await opened().tasks.commit(change)
    expect(committed).toMatchObject({ ok: true })
    return (committed as { row: TaskRow }).row
  }
  const submitted = (task: Partial<NewTask> = {}, when = now) => written(submit(newTask(task, when), when))
  const claimed = (row: TaskRow, token: string, when: Instant) =>
    written(claim(hint(row), lease(row, token, when + 30_000), when))

  return {
    differences,
    get tasks() {
      return opened().tasks
    },
    get hints() {
      return opened().hints
    },
    get dispatch() {
      return opened().dispatch
    },
    get stats() {
      return opened().stats
    },
    get blobs() {
      return opened().blobs
    },
    get logs() {
      return opened().logs
    },
    get limits() {
      return opened().limits
    },
    get records() {
      return opened().records
    },
    setNow(instant) {
      now = instant
    },
    received: when => opened().received(when),
    async reopen() {
      current = await opened().reopen()
    },
    written,
    submitted,
    claimed,
    async dead(task, message, when) {
      const row = await claimed(
        await submitted({ ...task, maxAttempts: 1 }, when - 2_000),
        `token of ${message}`,
        when - 1_000,
      )
      return written(fail(lease(row, row.leaseToken ?? '', when + 29_000), row, boom(message), 0, when))
    },
    shows: check =>
      differences.instantLists
        ? check()
        : expect.poll(() => check().then(() => 'shown'), { timeout: 10_000 }).toBe('shown'),
  }
}
