import { join } from 'node:path'
import * as tasks from 'pulse-tasks'
import packageJson from '../package.json' with { type: 'json' }
import { createOpsFunction } from '../shared/runtime/aws-ops.ts'

/** Serves what is about the queue rather than about one task, and refuses paths that nobody knows. */
export const handler = createOpsFunction(process.env, tasks, {
  version: packageJson.version,
  // The bundle keeps the files of the pages beside itself.
  assetsFolder: join(import.meta.dirname, 'docs'),
})
