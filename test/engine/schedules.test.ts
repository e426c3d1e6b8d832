import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import type { ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { at, createManualClock, type ManualClock } from '../helpers/clock.ts'
import { alice, openQueue, type TestQueue } from '../helpers/engine.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const tick = defineTask({ name: 'tick', run: () => 'done' })
const request: ScheduleRequest = { name: 'one', task: { name: 'tick' }, everyMs: HOUR }

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-schedules-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const open = (clock: ManualClock, folder = ':memory:', more: Parameters<typeof openQueue>[1] = {}) =>
  openQueue([tick], { clock, folder, ...more })

/** Timers go on as they would when the hands of the clock on the wall are set. */
function createWallClock(): ManualClock {
  const steady = createManualClock()
  let ahead = 0
  return {
    ...steady,
    now: () => steady.now() + ahead,
    set(instant) {
      ahead = instant - steady.now()
    },
  }
}

const time = (instant = 0) => new Date(instant).toISOString().slice(11, 19)

/** The occurrences that have become tasks, in order; each as often as it has. */
async function occurrences({ backend, clock }: TestQueue): Promise<string[]> {
  const { rows } = await backend.tasks.list({ limit: 1_000, now: clock.now() + 24 * HOUR })
  return rows.map(({ scheduledFor }) => time(scheduledFor)).toSorted()
}

describe('schedules of an embedded queue', () => {
  test('S2-17 H77 a rule of one second fires each second, and not before', async () => {
    const queue = await open(createManualClock())
    const { schedule } = await queue.schedules.create(alice, { ...request, everyMs: SECOND })
    await queue.clock.advance(999)
    expect(await occurrences(queue)).toEqual([])
    await queue.clock.advance(4_021)
    expect(await occurrences(queue)).toEqual(['10:00:01', '10:00:02', '10:00:03', '10:00:04', '10:00:05'])
    const { fires } = await queue.schedules.fires(alice, schedule.id, { limit: 10 })
    const late = fires.map(({ firedAt, scheduledFor }) => firedAt - scheduledFor)
    expect(Math.max(...late)).toBeLessThanOrEqual(20)
  })

  test('what is declared beside the tasks fires by itself', async () => {
    const schedules = [{ ...request, everyMs: MINUTE }]
    const queue = await open(createManualClock(), ':memory:', { schedules })
    await queue.clock.advance(2 * MINUTE + 20)
    expect(await occurrences(queue)).toEqual(['10:01:00', '10:02:00'])
  })

  describe('are looked at when people make them due', () => {
    const soon = 300
    test.each<[string, (queue: TestQueue, id: string) => Promise<unknown>]>([
      ['create', queue => queue.schedules.create(alice, { name: 'soon', task: { name: 'tick' }, afterMs: soon })],
      ['edit', (queue, id) => queue.schedules.edit(alice, id, { afterMs: soon })],
      ['resume', (queue, id) => queue.schedules.resume(alice, id)],
    ])('%s', async (what, act) => {
      const queue = await open(createManualClock())
      const rule = what === 'resume' ? { everyMs: SECOND, paused: true } : {}
      const { schedule } = await queue.schedules.create(alice, { ...request, ...rule })
      await queue.clock.advance(MINUTE + 700)
      await act(queue, schedule.id)
      await queue.clock.advance(soon + 10)
      expect(await occurrences(queue)).toHaveLength(1)
    })

    test('while it looks at others', async () => {
      const queue = await open(createManualClock())
      await queue.schedules.create(alice, { ...request, everyMs: SECOND })
      // The clock is at work at the very moment, and has read what is due.
      const advanced = queue.clock.advance(1_000)
      await queue.schedules.create(alice, { name: 'now', task: { name: 'tick' }, afterMs: 0 })
      await advanced
      await queue.clock.advance(50)
      expect(await occurrences(queue)).toHaveLength(2)
    })
  })

  describe('outlive the process', () => {
    test('H78 B-03 what was missed meanwhile follows the policy, and several starts make nothing twice', async () => {
      const clock = createManualClock()
      const folder = temporaryFolder()
      const first = await open(clock, folder)
      const one = await first.schedules.create(alice, { ...request, everyMs: MINUTE })
      const three = await first.schedules.create(alice, { ...request, everyMs: MINUTE, catchUp: 3 })
      await clock.advance(MINUTE + 20)
      await first.close()
      clock.set(at('10:20:30'))
      for (let start = 0; start < 3; start++) {
        const again = await open(clock, folder)
        await clock.advance(1_000)
        if (start === 2) {
          const lines = async (id: string) =>
            (await again.schedules.fires(alice, id, { limit: 10 })).fires.map(({ scheduledFor, outcome }) => [
              time(scheduledFor),
              outcome,
            ])
          expect(await lines(one.schedule.id)).toEqual([
            ['10:20:00', 'fired'],
            ['10:19:00', 'missed'],
            ['10:01:00', 'fired'],
          ])
          expect((await lines(three.schedule.id)).slice(0, 4)).toEqual([
            ['10:20:00', 'fired'],
            ['10:19:00', 'fired'],
            ['10:18:00', 'fired'],
            ['10:17:00', 'missed'],
          ])
          expect(await occurrences(again)).toHaveLength(6)
        }
        await again.close()
      }
    })

    test('H71 those that were due at the moment of the end are fired at the next start', async () => {
      const clock = createManualClock()
      const folder = temporaryFolder()
      const first = await open(clock, folder, { running: false })
      for (let index = 0; index < 300; index++)
        await first.schedules.create(alice, { ...request, name: `${index}`, everyMs: MINUTE })
      await first.close()
      clock.set(at('10:01:00'))
      const second = await open(clock, folder)
      const drained = second.drain(0)
      await clock.advance(1)
      await drained
      const { schedules } = await second.schedules.list({ ...alice, role: 'admin' }, { limit: 1_000 })
      expect(schedules.filter(({ deciding }) => deciding)).toEqual([])
      await second.close()
      const third = await open(clock, folder)
      await clock.advance(500)
      const found = await occurrences(third)
      expect(found).toEqual(Array.from({ length: 300 }, () => '10:01:00'))
    })
  })

  test('a queue that is drained fires nothing more', async () => {
    const queue = await open(createManualClock())
    await queue.schedules.create(alice, { ...request, everyMs: SECOND })
    await queue.clock.advance(1_020)
    const drained = queue.drain(0)
    await queue.clock.advance(1)
    await drained
    await queue.clock.advance(5_000)
    expect(await occurrences(queue)).toEqual(['10:00:01'])
    expect(queue.clock.timers()).toBeLessThanOrEqual(1)
  })

  describe('when the clock is not to be trusted', () => {
    test('H78 after a suspend, what is due is seen within a second, and the latest is made up for', async () => {
      const queue = await open(createWallClock())
      await queue.schedules.create(alice, request)
      await queue.clock.advance(10_000)
      queue.clock.set(at('13:30:00'))
      await queue.clock.advance(1_000)
      expect(await occurrences(queue)).toEqual(['13:00:00'])
    })

    test('H78 set ahead and back by hours, it makes each occurrence in its time, and none twice', async () => {
      const queue = await open(createWallClock())
      await queue.schedules.create(alice, request)
      queue.clock.set(at('15:00:00'))
      await queue.clock.advance(1_000)
      expect(await occurrences(queue)).toEqual(['15:00:00'])
      queue.clock.set(at('10:10:00'))
      await queue.clock.advance(2_000)
      for (const hour of ['11', '12', '13', '14', '15', '16']) {
        queue.clock.set(at(`${hour}:00:00`))
        await queue.clock.advance(1_100)
      }
      const all = ['11:00:00', '12:00:00', '13:00:00', '14:00:00', '15:00:00', '16:00:00']
      expect(await occurrences(queue)).toEqual(all)
    })

    test('H78 set back before a start, as while nobody ran', async () => {
      const clock = createWallClock()
      const folder = temporaryFolder()
      const first = await open(clock, folder)
      await first.schedules.create(alice, request)
      clock.set(at('15:00:00'))
      await clock.advance(1_000)
      await first.close()
      clock.set(at('10:10:00'))
      const second = await open(clock, folder)
      await clock.advance(2_000)
      clock.set(at('11:00:00'))
      await clock.advance(1_000)
      expect(await occurrences(second)).toEqual(['11:00:00', '15:00:00'])
    })

    test('H78 of very many, all are set right, and fires go on meanwhile', async () => {
      const clock = createWallClock()
      const queue = await open(clock, ':memory:', { running: false })
      for (let index = 0; index < 450; index++) await queue.schedules.create(alice, { ...request, name: `${index}` })
      clock.set(at('15:00:00'))
      await queue.schedules.fireDue(() => true)
      clock.set(at('10:30:00'))
      await queue.schedules.create(alice, { name: 'due', task: { name: 'tick' }, afterMs: 0 })
      queue.start()
      await clock.advance(0)
      expect((await occurrences(queue)).filter(each => each === '10:30:00')).toHaveLength(1)
      for (let turn = 0; turn < 20; turn++) await clock.advance(1)
      const { schedules } = await queue.schedules.list({ ...alice, role: 'admin' }, { limit: 1_000 })
      const next = schedules.flatMap(({ nextAt }) => nextAt ?? [])
      expect(new Set(next)).toEqual(new Set([at('11:00:00')]))
      expect(next).toHaveLength(450)
    })
  })
})
