import type { AnyTask } from '../shared/core/definition.ts'
import { checksumFile } from './checksum-file.ts'
import { defaultTask } from './default.ts'
import { echo } from './echo.ts'
import { fetchUrl } from './fetch-url.ts'
import { flaky } from './flaky.ts'
import { sleep } from './sleep.ts'

/** Every task this deployment knows. To add one: write `tasks/<name>.ts` with `defineTask`, then a line here. */
const tasks: readonly AnyTask[] = [defaultTask, echo, sleep, flaky, checksumFile, fetchUrl]

export default tasks
