import type { TaskState } from './task.ts'

/** Which state each transition leaves and reaches: the picture in docs/architecture.md and the API's allowed actions come from here. */
export const lifecycle = {
  submit: { from: [], to: ['PENDING'] },
  claim: { from: ['PENDING', 'RETRYING', 'RUNNING'], to: ['RUNNING'] },
  heartbeat: { from: ['RUNNING'], to: ['RUNNING'] },
  reportProgress: { from: ['RUNNING'], to: ['RUNNING'] },
  complete: { from: ['RUNNING'], to: ['COMPLETED'] },
  fail: { from: ['RUNNING'], to: ['RETRYING', 'DEAD', 'CANCELED'] },
  snooze: { from: ['RUNNING'], to: ['PENDING', 'CANCELED'] },
  release: { from: ['RUNNING'], to: ['PENDING', 'CANCELED'] },
  stop: { from: ['RUNNING'], to: ['CANCELED'] },
  discard: { from: ['RUNNING'], to: ['DEAD', 'CANCELED'] },
  cancel: { from: ['PENDING', 'RETRYING'], to: ['CANCELED'] },
  requestCancel: { from: ['RUNNING'], to: ['RUNNING'] },
  edit: { from: ['PENDING'], to: ['PENDING'] },
  requeue: { from: ['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'], to: ['PENDING'] },
  expire: { from: ['PENDING', 'RETRYING'], to: ['EXPIRED'] },
  bury: { from: ['PENDING', 'RETRYING', 'RUNNING'], to: ['DEAD', 'CANCELED', 'EXPIRED'] },
} as const satisfies Record<string, { from: readonly TaskState[]; to: readonly TaskState[] }>

export type TransitionName = keyof typeof lifecycle

/** What a person may do to a task. */
export type Action = 'cancel' | 'edit' | 'requeue'

/** The actions open to a task in the state that it is shown in. */
export function allowedActions(shown: TaskState | 'SCHEDULED'): Action[] {
  const state: TaskState = shown === 'SCHEDULED' ? 'PENDING' : shown
  const open: Action[] = []
  if (includes(lifecycle.cancel.from, state) || includes(lifecycle.requestCancel.from, state)) open.push('cancel')
  if (includes(lifecycle.edit.from, state)) open.push('edit')
  if (includes(lifecycle.requeue.from, state)) open.push('requeue')
  return open
}

function includes(states: readonly TaskState[], state: TaskState): boolean {
  return states.includes(state)
}
