import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { AwsBackend } from '../../../shared/aws/backend.ts'
import type { Change, Committed, Condition, Field, Update } from '../../../shared/core/change.ts'

type Commit = AwsBackend['tasks']['commit']
export type Spoil = (backend: AwsBackend) => AwsBackend

/** Puts something in the place of every commit of the program. */
export function onCommit(act: (change: Change, commit: Commit, backend: AwsBackend) => Promise<Committed>): Spoil {
  return backend => ({
    ...backend,
    tasks: { ...backend.tasks, commit: change => act(change, change => backend.tasks.commit(change), backend) },
  })
}

/** Changes an update that fits before it is written. */
export function onUpdate(fits: (change: Update) => boolean, spoil: (change: Update) => Update): Spoil {
  return onCommit((change, commit) => commit(change.expect !== 'absent' && fits(change) ? spoil(change) : change))
}

export const isClaim = (change: Update) => 'heldBy' in change.set && change.set.state === 'RUNNING'
export const isHeartbeat = (change: Update) => change.entry === undefined && 'wakeAt' in change.set
export const leaves = (state: string) => (change: Update) => change.set.state === state

/** Leaves clauses about a field out. */
export function without(field: Field): (change: Update) => Update {
  return change => ({ ...change, expect: change.expect.filter(each => each.field !== field) })
}

export function setting(set: (change: Update) => Update['set']): (change: Update) => Update {
  return change => ({ ...change, set: { ...change.set, ...set(change) } })
}

export function withoutHint<C extends Change>({ hintAt: _, ...change }: C): C {
  // Without a time there is no hint, whatever the type of a creation says.
  return change as unknown as C
}

export function shifted(ms: number): (change: Update) => Update {
  const shift = (each: Condition) =>
    each.field === 'wakeAt' && each.op === 'notAfter' ? { ...each, value: Number(each.value) + ms } : each
  return change => ({ ...change, expect: change.expect.map(shift) })
}

/** Changes what is sent to DynamoDB by an operation. */
export function onSend(
  operation: string,
  spoil: (input: Readonly<Record<string, unknown>>) => object,
): (client: DynamoDBClient) => DynamoDBClient {
  return client => {
    const spoiled = Object.create(client) as DynamoDBClient
    const send = (command: { input: Readonly<Record<string, unknown>> } & object, ...more: unknown[]) => {
      if (command.constructor.name === `${operation}Command`) Object.assign(command, { input: spoil(command.input) })
      // The client takes whatever command it is given.
      return (client.send as (...given: unknown[]) => unknown)(command, ...more)
    }
    return Object.assign(spoiled, { send })
  }
}

export function leaving(field: Field): (change: Update) => Update {
  return change => {
    const { [field]: _, ...set } = change.set
    return { ...change, set }
  }
}

export const unconditionally = (change: Update): Update => ({ ...change, expect: [] })
export const isRequeue = (change: Update) => 'run' in change.set
/** Ends a task that is out of attempts, by whoever finds it. */
export const isBurial = (change: Update) =>
  change.set.state === 'DEAD' && change.expect.some(({ field }) => field === 'version')
