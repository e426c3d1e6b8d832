import { lifecycle } from '../../shared/core/lifecycle.ts'
import { type TaskState, taskStates } from '../../shared/core/task.ts'

/** The life of a task as a Mermaid diagram: one arrow for each pair of states, labelled with the transitions that take it. */
export function stateDiagram(): string {
  const arrows = new Map<string, string[]>()
  for (const [name, { from, to }] of Object.entries<Transition>(lifecycle)) {
    for (const start of from.length > 0 ? from : ['[*]']) {
      for (const end of to) {
        const arrow = `${start} --> ${end}`
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), name])
      }
    }
  }
  const lines = [...arrows]
    .sort(([a], [b]) => place(a) - place(b))
    .map(([arrow, names]) => `  ${arrow}: ${names.join(', ')}`)
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n')
}

interface Transition {
  readonly from: readonly TaskState[]
  readonly to: readonly TaskState[]
}

/** In the order in which a task meets its states. */
function place(arrow: string): number {
  const [start = '', , end = ''] = arrow.split(' ')
  return order.indexOf(start) * 10 + order.indexOf(end)
}
const order: readonly string[] = ['[*]', ...taskStates]
