import { type Lane, lanes, stagePrefix } from '../shared/aws/names.ts'

/** What the alarms are about, and the heading of docs/runbook.md that says what to do about it. */
const subjects = {
  'dead-letter-queue': 'Hints end in a dead-letter queue',
  'dead-letter-errors': 'The dead-letter function fails',
  quarantine: 'Messages are in quarantine',
  'worker-errors': 'The worker fails',
  'worker-throttles': 'The worker is throttled',
  'api-server-errors': 'The API answers with server errors',
  'lost-fires': 'Fires of schedules were lost',
  'session-reused': 'A refresh token was used twice',
  'changes-behind': 'The counters are behind',
  'changes-errors': 'The changes function fails',
  'changes-failed': 'Changes could not be processed',
  'reconcile-repaired': 'Reconcile has repaired something',
  'reconcile-absent': 'Reconcile does not run',
  'reconcile-errors': 'Reconcile fails',
  'table-writes-throttled': 'The tasks table is throttled',
  'table-reads-throttled': 'The tasks table is throttled',
} as const

export type AlarmId = keyof typeof subjects | `oldest-hint-${Lane}`

const OLDEST_HINT = 'Hints wait too long'

/** Every alarm, with its heading. */
export const alarmHeadings: Readonly<Record<AlarmId, string>> = {
  ...(Object.fromEntries(lanes.map(lane => [`oldest-hint-${lane}`, OLDEST_HINT])) as Record<
    `oldest-hint-${Lane}`,
    string
  >), // the keys are exactly those
  ...subjects,
}

export function alarmName(stage: string, id: AlarmId): string {
  return `${stagePrefix(stage)}-${id}`
}

/** Text of an alarm: what is the matter, and where to read on. */
export function alarmDescription(id: AlarmId): string {
  const heading = alarmHeadings[id]
  return `${heading}: docs/runbook.md#${anchorOf(heading)}`
}

/** As the usual readers of Markdown make it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-')
}

/**
 * Minutes that a hint may lie in its queue. One that is not due yet lies there for up to 15, one that is worked on for as long as its
 * handler takes, and the less urgent ones let others go first.
 */
export const oldestHintMinutes: Readonly<Record<Lane, number>> = {
  '1': 20,
  '2': 20,
  '3': 30,
  '4': 60,
  '5': 60,
  long: 60,
}
