import { expect, test } from 'vitest'
import type { Pause } from '../../shared/core/dispatch.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

const pauses: readonly Pause[] = [
  { selector: { kind: 'all' }, reason: 'migration', actor: 'user_1', since: at('10:00:01') },
  {
    selector: { kind: 'priority', priority: 4 },
    reason: 'slow disk',
    actor: 'user_2',
    since: at('10:00:02'),
    until: at('11:00:00'),
  },
  { selector: { kind: 'name', name: 'send-email' }, reason: 'it\'s "down"', actor: 'user_3', since: at('10:00:03') },
  { selector: { kind: 'name', name: 'all' }, reason: 'a task of this name', actor: 'user_4', since: at('10:00:04') },
]

describeBackends('the dispatch switch', backend => {
  const stored = async () => [...(await backend.dispatch.read())].toSorted((a, b) => a.since - b.since)

  test('H65 keeps every pause as it was put, each selector by itself', async () => {
    expect(await stored()).toEqual([])
    for (const pause of pauses) await backend.dispatch.put(pause)
    expect(await stored()).toEqual(pauses)
  })

  test('a second pause of a selector takes the place of the first', async () => {
    for (const pause of pauses) await backend.dispatch.put(pause)
    const newer: Pause = {
      selector: { kind: 'priority', priority: 4 },
      reason: 'still',
      actor: 'user_9',
      since: at('10:30:00'),
    }
    await backend.dispatch.put(newer)
    expect(await stored()).toEqual([pauses[0], pauses[2], pauses[3], newer])
  })

  test('removes the pause of a selector and says whether there was one', async () => {
    for (const pause of pauses) await backend.dispatch.put(pause)
    expect(await backend.dispatch.remove({ kind: 'all' })).toBe(true)
    expect(await backend.dispatch.remove({ kind: 'all' })).toBe(false)
    expect(await backend.dispatch.remove({ kind: 'priority', priority: 3 })).toBe(false)
    expect(await backend.dispatch.remove({ kind: 'name', name: 'send-email' })).toBe(true)
    expect(await stored()).toEqual([pauses[1], pauses[3]])
  })

  test('P10 a pause is there after a restart', async () => {
    for (const pause of pauses) await backend.dispatch.put(pause)
    await backend.reopen()
    expect(await stored()).toEqual(pauses)
  })
})
