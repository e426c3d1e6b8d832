import { LambdaClient } from '@aws-sdk/client-lambda'
import { clientOptions } from '../aws/clients.ts'
import { createMappings, type Mappings } from '../aws/mappings.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { HttpHandler } from '../http/event.ts'
import { createOpsHandler } from '../http/ops-handler.ts'
import type { DispatchStore } from '../ports/dispatch-store.ts'
import { message } from '../telemetry/log-events.ts'
import { type Aws, openAws, type TasksModule } from './aws.ts'
import { handlerPorts } from './aws-api.ts'
import { openSchedules } from './aws-schedules.ts'
import { mappings as mappingIds, type Variables } from './aws-settings.ts'
import { whenReady } from './when-ready.ts'

/** @param docs the version that the docs pages show, and where the bundle keeps their files */
export function createOpsFunction(
  env: Variables,
  tasks: TasksModule,
  docs: { readonly version: string; readonly assetsFolder: string },
): HttpHandler {
  const aws = openAws(env, tasks)
  const { dispatch } = aws.backend
  const mappings = createMappings(new LambdaClient(clientOptions), mappingIds(env), aws.clock)
  const engine = createEngine({ ...aws, backend: { ...aws.backend, dispatch: followed(dispatch, mappings, aws) } })
  const { schedules } = openSchedules(aws, env)
  const probe = () => dispatch.read()
  return whenReady(async () => createOpsHandler({ ...(await handlerPorts(aws, env)), engine, schedules, probe, docs }))
}

/** The switch is what counts. That the mappings follow it is a saving, which the change stream and reconcile see to as well. */
function followed(dispatch: DispatchStore, mappings: Mappings, { logger }: Aws): DispatchStore {
  async function follow(): Promise<void> {
    try {
      if (await mappings.follow(dispatch)) return
      logger.log('info', 'mappings.behind')
    } catch (error) {
      logger.log('warn', 'mappings.behind', { error: message(error) })
    }
  }
  return {
    read: () => dispatch.read(),
    async put(pause) {
      await dispatch.put(pause)
      await follow()
    },
    async remove(selector) {
      const removed = await dispatch.remove(selector)
      await follow()
      return removed
    },
  }
}
