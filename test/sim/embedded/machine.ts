import type { Engine } from '../../../shared/engine/engine.ts'
import type { SqliteBackend } from '../../../shared/sqlite/backend.ts'
import type { Asked } from '../actors.ts'
import { type Checker, type CheckerOptions, createChecker } from '../checker.ts'
import type { Faults } from '../faults.ts'
import { SimProcess } from '../process.ts'
import { hintQueueOf } from '../queues.ts'
import { createSqs } from '../sqs.ts'
import type { Wanted } from '../story.ts'
import { createTasks } from '../tasks.ts'
import type { World } from '../world.ts'
import { createDataFile } from './data-file.ts'
import { type EmbeddedPatch, type Program, startProgram } from './program.ts'
import { betweenWaits } from './store.ts'

export interface MachineOptions {
  readonly world: World
  readonly faults: Faults
  readonly story: readonly Wanted[]
  readonly patch: EmbeddedPatch
  readonly transition: CheckerOptions['transition']
}

const SKEW_MS = 1_000
const JUMP_MS = 3_600_000
const SLOW_MS = 6_000
/** Until somebody starts the next process. */
const DOWN_MS = [200, 20_000] as const
const GRACE_MS = 5_000

/** One data file, and one process after another that works on it. */
export function createMachine({ world, faults, story, patch, transition }: MachineOptions) {
  const { random } = world
  const file = createDataFile()
  // A row is its own message, so a hint is always on its way; queues are there for people to do things to, and hold nothing.
  const checker: Checker = createChecker(world, () => ({ messagesOf: () => [{ visibleAt: 0 }] as never }), {
    transition,
  })
  const queues = hintQueueOf(0, 0)
  /** Writes under way, by task. */
  const writing = new Map<string, number>()
  let lives = 0
  let now: { readonly process: SimProcess; readonly program: Program; readonly backend: SqliteBackend } | undefined

  /** What a group of writes has left, before anybody is told. */
  function observe(process: SimProcess): void {
    for (const task of writing.keys()) {
      const row = file.read(task)
      const known = checker.rows.get(task)
      if (!row || (known?.version === row.version && known.wakeAt === row.wakeAt)) continue
      checker.seen.hints.set(task, 1)
      checker.changed(row, { from: process })
    }
  }

  function died(process: SimProcess): void {
    now = undefined
    writing.clear()
    checker.died(process)
    world.post(random.between(...DOWN_MS), 'somebody starts the server', start)
  }

  function start(): void {
    const skew = faults.happens('clockSkewed') ? random.between(-SKEW_MS, SKEW_MS) : 0
    const process = new SimProcess(world, `server-${++lives}`, skew)
    process.onDeath = () => died(process)
    process.post(0, 'starts', () => {
      const backend = file.open()
      mustBeWhole()
      const heard = betweenWaits(backend, process, faults, {
        writing(task, by) {
          const count = (writing.get(task) ?? 0) + by
          if (count > 0) writing.set(task, count)
          else writing.delete(task)
        },
        claimed: token => checker.claimHeard(token, process),
      })
      const registry = createTasks(process, story, checker)
      startProgram({ process, backend: heard, registry, patch }).then(
        program => {
          now = { process, program, backend }
        },
        // It could not read its file: whoever runs it tries again.
        () => process.kill('it cannot start'),
      )
    })
    if (faults.happens('clockJumped'))
      process.post(random.between(0, 60_000), 'its clock jumps', () => {
        process.skewMs = random.between(-JUMP_MS, JUMP_MS)
      })
  }

  /** What was durable once is there after a crash (P1), and nothing else is. */
  function mustBeWhole(): void {
    for (const [task, known] of checker.rows) {
      const row = file.read(task)
      if (row?.version !== known.version || row.wakeAt !== known.wakeAt)
        checker.seen.violate('P1', task, `after a crash it is ${row?.state} ${row?.version}, and was ${known.version}`)
    }
  }

  const api: Asked['api'] = {
    invoke(use: (engine: Engine) => Promise<unknown>, done) {
      const answer = (told: Parameters<typeof done>[0]) => void world.post(1, 'a client hears', () => done(told))
      const asked = now
      if (!asked) return answer(undefined)
      asked.process.post(random.between(1, 50), 'is asked', () => {
        use(asked.program.engine).then(
          said => answer({ answer: said }),
          () => answer(undefined),
        )
      })
    },
  }

  return {
    checker,
    api,
    queues,
    sqs: createSqs(world, faults, [], checker),
    start,
    /** The next turn of the event loop: where groups are written, and where the poller looks. */
    turn(action: () => void): void {
      const process = world.current
      if (!process) throw new Error('a turn outside of any process')
      const late = faults.happens('requestSlow') ? random.between(200, SLOW_MS) : 0
      process.post(late, 'turn', () => {
        action()
        observe(process)
        if (faults.happens('crashAfterApply')) process.kill('after a turn')
      })
    },
    /** As an operator does it. */
    stop(): void {
      const stopping = now
      stopping?.process.post(0, 'is told to stop', () => {
        void stopping.program.stop(GRACE_MS).then(() => stopping.process.kill('it has stopped'))
      })
    },
    /** Its clock is right again. */
    calm(): void {
      if (now) now.process.skewMs = Math.max(-SKEW_MS, Math.min(SKEW_MS, now.process.skewMs))
    },
    /** Counters equal a recount at once: they are part of each write (P15). */
    async countsMustBeRight(): Promise<void> {
      const wanted = new Map<string, number>()
      const add = (key: string, by: number) => wanted.set(key, (wanted.get(key) ?? 0) + by)
      for (const { name, state } of checker.rows.values()) add(`${state}#${name}`, 1)
      for (const { name, state, count } of (await now?.backend.stats.counts()) ?? []) add(`${state}#${name}`, -count)
      const wrong = [...wanted].find(([, by]) => by !== 0)
      if (wrong && now) checker.seen.violate('P15', '', `${wrong[0]} is wrong by ${wrong[1]}`)
    },
    remove: () => file.remove(),
  }
}
