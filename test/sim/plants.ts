import type { Plant } from './plant.ts'
import { asking } from './plants/asking.ts'
import { claiming } from './plants/claiming.ts'
import { counting } from './plants/counting.ts'
import { dispatching } from './plants/dispatching.ts'
import { hinting } from './plants/hinting.ts'
import { writing } from './plants/writing.ts'

/** Every rule that can be taken out and is missed then. */
export const plants: readonly Plant[] = [...writing, ...claiming, ...hinting, ...dispatching, ...asking, ...counting]
