import { localActor } from '../core/actor.ts'
import type { TaskDefinition } from '../core/definition.ts'
import type { Engine } from '../engine/engine.ts'
import { submitRequest } from '../http/submit-task.ts'
import { submitBody as submitSchema } from '../http/task-schemas.ts'
import { asPointer, validate } from '../http/validate.ts'
import type { TaskOptions } from '../sdk/options.ts'
import { submitBody, type TaskChoice, type TaskHandle } from '../sdk/submit-body.ts'

/** The client for code in the same process as the queue: the SDK's `enqueue` without the wire. Nothing can be lost on the way, so no key is sent by itself. */
export interface LocalClient {
  /**
   * Submits a task; when it returns, the task has been fsynced.
   * @throws PulseError naming the fields that are refused
   */
  enqueue<Input, Output, Raw>(
    task: TaskDefinition<Input, Output, Raw>,
    input: NoInfer<Raw>,
    options?: TaskOptions,
  ): Promise<TaskHandle<Output>>
  enqueue(name: string, input?: unknown, options?: TaskOptions): Promise<TaskHandle>
}

export function createLocalClient(engine: Engine): LocalClient {
  async function enqueue(task: TaskChoice, input?: unknown, options: TaskOptions = {}): Promise<TaskHandle> {
    const body = validate(submitSchema, submitBody(task, input, options), asPointer)
    const { row, replayed } = await engine.submit(localActor, submitRequest(body, undefined), options.idempotencyKey)
    return { id: row.id, state: row.state, replayed }
  }
  // The overloads say more about types than the one implementation can.
  return { enqueue: enqueue as LocalClient['enqueue'] }
}
