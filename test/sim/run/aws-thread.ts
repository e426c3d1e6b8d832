import { plants } from '../plants.ts'
import { simulate } from '../simulate.ts'
import type { AwsOrders } from './on-aws.ts'
import { taskTally } from './task-summary.ts'
import { playPortions } from './threads.ts'

playPortions(({ plant: name, variation: given }: AwsOrders) => {
  const variation = { ...given, plant: plants.find(plant => plant.name === name) }
  return {
    play: seed => simulate(seed, variation),
    whole: seed => simulate(seed, { ...variation, sdk: 'whole' }),
    tally: taskTally,
  }
})
