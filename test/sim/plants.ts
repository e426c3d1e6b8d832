import type { Plant } from './plant.ts'
import { dispatching } from './plants/dispatching.ts'
import { hinting } from './plants/hinting.ts'
import { writing } from './plants/writing.ts'

/** Every rule that can be taken out. */
export const plants: readonly Plant[] = [...writing, ...hinting, ...dispatching]
