import { type Lane, lanes } from '../../shared/aws/names.ts'
import type { Answer, Call } from './network.ts'
import type { World } from './world.ts'

/** How long a mapping takes to turn. */
const TURN_MS = [1_000, 20_000] as const

/** What the program asks of Lambda: event source mappings, and calls of its own functions. */
export function createLambdaApi(world: World, onTurned: (lane: Lane) => void, invoke: (event: string) => void) {
  const states = new Map<Lane, string>(lanes.map(lane => [lane, 'Enabled']))

  function turn(lane: Lane, on: boolean): Answer {
    if (states.get(lane)?.endsWith('ing')) return { status: 400, body: { __type: 'ResourceInUseException' } }
    states.set(lane, on ? 'Enabling' : 'Disabling')
    world.post(world.random.between(...TURN_MS), `mapping ${lane} turns`, () => {
      states.set(lane, on ? 'Enabled' : 'Disabled')
      onTurned(lane)
    })
    return { status: 202, body: { UUID: lane, State: states.get(lane) } }
  }

  return {
    service({ operation, body }: Call): Answer {
      const id = /^mapping-(\w+)$/.exec(String(body.UUID))?.[1]
      const lane = lanes.find(each => each === id)
      if (lane && operation === 'GetEventSourceMapping')
        return { status: 200, body: { UUID: id, State: states.get(lane) } }
      if (lane && operation === 'UpdateEventSourceMapping') return turn(lane, body.Enabled === true)
      if (operation !== 'Invoke') throw new Error(`Lambda knows no ${operation}`)
      invoke(String(body.Payload))
      return { status: 202, body: {} }
    },
    /** A mapping that is being turned off may still take messages for a while, and one that is being turned on does not yet. */
    takes: (lane: Lane) => states.get(lane) === 'Enabled' || states.get(lane) === 'Disabling',
  }
}

export type LambdaApi = ReturnType<typeof createLambdaApi>
