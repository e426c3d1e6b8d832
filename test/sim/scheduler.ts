import type { Faults } from './faults.ts'
import type { Answer, Call } from './network.ts'
import type { World } from './world.ts'

export interface Target {
  readonly Arn: string
  readonly Input: string
}

/** Fires within a minute of its time. */
const PRECISION_MS = 60_000

/** One-shot schedules that delete themselves. */
export function createScheduler(
  world: World,
  faults: Faults,
  fire: (target: Target) => void,
  onTimed: (target: Target) => void,
) {
  const { random } = world
  const schedules = new Map<string, Target>()

  function fireOnce(name: string): void {
    const target = schedules.get(name)
    schedules.delete(name)
    if (!target || faults.happens('timerLost', target.Input)) return
    fire(target)
    if (faults.happens('timerDoubled', target.Input))
      world.post(random.between(1, PRECISION_MS), 'timer again', () => fire(target))
  }

  return {
    service({ operation, body }: Call): Answer {
      const name = String(body.Name)
      const [, time] = /^at\((.+)\)$/.exec(String(body.ScheduleExpression)) ?? []
      if (operation !== 'CreateSchedule' || time === undefined) throw new Error(`the scheduler knows no ${operation}`)
      if (schedules.has(name)) return { status: 409, body: { __type: 'ConflictException', Message: 'there is one' } }
      const target = body.Target as Target // as the client has serialised it
      schedules.set(name, target)
      onTimed(target)
      const late = faults.happens('timerLate', target.Input)
        ? random.between(0, PRECISION_MS)
        : random.between(0, 1_000)
      world.post(Date.parse(`${time}Z`) - world.now + late, `timer ${name}`, () => fireOnce(name))
      return { status: 200, body: { ScheduleArn: `arn:${name}` } }
    },
    waiting: () => [...schedules.values()],
  }
}
