import { describe, expect, test } from 'vitest'
import { everyPair, everySingle } from './crash/exhaust.ts'
import { play, type Scenario } from './crash/scenario.ts'
import { core, farAheadWhilePaused, scenarios } from './crash/scenarios.ts'
import { plants } from './plants.ts'

const DAY_MS = 86_400_000

describe('one call of a handler fails, each in turn and in every way', () => {
  test.each(scenarios)('P5 $name', async scenario => {
    const { points, broken } = await everySingle(scenario)
    expect(broken).toEqual([])
    expect(points).toBeGreaterThan(3)
  })

  const rules = [
    ['requeue-without-backstop', 'requeue'],
    ['already-mine-unknown', 'submit, attempt, complete'],
    ['messages-not-hidden', 'submit, attempt, complete'],
    ['failed-batch-acknowledged', 'fail, retry, complete'],
    ['replay-without-hint', 'submit, attempt, complete'],
    ['counters-without-fence', 'the change stream'],
  ] as const
  test.each(rules)('P5 without the rule of %s it would be seen', async (name, story) => {
    const plant = plants.find(each => each.name === name)
    const scenario = scenarios.find(each => each.name === story)
    if (!plant || !scenario) throw new Error(`there is no ${name} or no "${story}"`)
    const { broken } = await everySingle(scenario, plant.patch)
    expect(broken).not.toEqual([])
  })
})

describe('two calls fail, all pairs', () => {
  test.each(core)('P5 $name', async scenario => {
    const { plays, broken } = await everyPair(scenario)
    expect(broken).toEqual([])
    expect(plays).toBeGreaterThan(100)
  })
})

test('P5 a story that no fault is needed to break is told as broken by itself', async () => {
  const paused: Scenario = {
    name: 'a pause of everything that is longer than the play',
    story: core[0]?.story ?? expect.fail('there is one'),
    acts: on => on.at(0, () => on.actors.pause({ kind: 'all' }, DAY_MS)),
  }
  const broken = { points: 0, plays: 1, broken: [expect.stringMatching(/^by itself: P5 /)] }
  expect(await everySingle(paused)).toEqual(broken)
  expect(await everyPair(paused)).toEqual(broken)
})

describe('a pause of a name, and no timer', () => {
  test('H68 the hint of what is far ahead comes back when the pause that swallowed it has ended', async () => {
    const { calls } = await play(farAheadWhilePaused, new Map())
    const timer = calls.findIndex(call => call.endsWith('CreateSchedule'))
    // With the client's own repeats.
    const refused = [0, 1, 2].map(more => [timer + more, 'requestCut'] as const)
    const { violation } = await play(farAheadWhilePaused, new Map(refused))
    expect(violation).toBeUndefined()
  })
})
