import type { Plant } from './plant.ts'
import { deciding } from './plants/deciding.ts'
import { making } from './plants/making.ts'
import { policies } from './plants/policies.ts'
import { timing } from './plants/timing.ts'

/** Every rule about schedules that can be taken out and is missed then. */
export const plants: readonly Plant[] = [...making, ...deciding, ...policies, ...timing]
