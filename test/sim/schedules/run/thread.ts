import { playPortions } from '../../run/threads.ts'
import { plants } from '../plants.ts'
import { simulate } from '../simulate.ts'
import { type ScheduleOrders, scheduleTally } from './histories.ts'

playPortions(({ plant: name }: ScheduleOrders) => {
  const plant = plants.find(plant => plant.name === name)
  return { play: seed => simulate(seed, plant), tally: scheduleTally }
})
