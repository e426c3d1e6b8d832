import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe } from 'vitest'
import { bootstrap } from '../../scripts/stack/cdk.ts'
import { type MiniStack, type MiniStackOptions, startMiniStack } from '../../scripts/stack/ministack.ts'
import { crashing } from './drive/crashing.ts'
import { declared, WITHOUT_SCHEDULES } from './drive/declared.ts'
import type { Deployed, Drive } from './drive/drive.ts'
import { failing } from './drive/failing.ts'
import { lifecycle } from './drive/lifecycle.ts'
import { load } from './drive/load.ts'
import { messages } from './drive/messages.ts'
import { pages } from './drive/pages.ts'
import { pausing } from './drive/pausing.ts'
import { schedules } from './drive/schedules.ts'
import { submitting } from './drive/submitting.ts'
import { timers } from './drive/timers.ts'
import { type Inventory, inventory } from './inventory.ts'
import type { Credentials } from './sign.ts'
import { type Settings, Stage } from './stage.ts'

export interface DriveOptions {
  readonly emulator?: MiniStackOptions
  readonly settings: Settings
  readonly reconciles: 'by rule' | 'on demand'
  /** Makes up for what the emulator does unlike AWS. */
  readonly prepare?: (stage: Stage) => Promise<void>
  /** Makes a caller that the API lets in. By default nobody signs. */
  readonly caller?: (stage: Stage) => Promise<Credentials>
  /** What only this stage can show, before it is destroyed. */
  readonly more?: (drive: Drive) => void
}

const DEPLOY_LIMIT_MS = 240_000

/** Deploys the real stacks into an empty account, drives them through HTTPS calls, updates and destroys them. */
export function describeDrive(title: string, options: DriveOptions): void {
  describe(title, () => {
    let emulator: MiniStack | undefined
    let stage: Stage | undefined
    let deployed: Deployed | undefined
    let before: Inventory = {}

    beforeAll(async () => {
      emulator = await startMiniStack(options.emulator)
      stage = new Stage(emulator, 'dev', { tasks: 'test/stack/tasks/declared.ts', ...options.settings })
      await bootstrap({ env: emulator.env })
      before = await inventory(stage)
      await stage.deploy()
      await options.prepare?.(stage)
      deployed = { stage, api: stage.api(await options.caller?.(stage)) }
    }, DEPLOY_LIMIT_MS)

    afterAll(async () => {
      stage?.cleanUp()
      // To look at what the functions have said.
      if (process.env.PULSE_STACK_LOG) writeFileSync(process.env.PULSE_STACK_LOG, emulator?.output() ?? '')
      await emulator?.stop()
    }, DEPLOY_LIMIT_MS)

    const drive: Drive = () => {
      if (!deployed) throw new Error('the stage was not deployed')
      return deployed
    }

    // Most of them wait for a lease or a timer: side by side they wait together.
    describe.concurrent('each task for itself', () => {
      crashing(drive)
      messages(drive)
      timers(drive, options.reconciles)
      schedules(drive, options.reconciles)
      failing(drive)
      submitting(drive)
      pages(drive)
    })

    describe('all tasks together', () => {
      pausing(drive)
      load(drive)
    })

    if (options.settings.tasks !== WITHOUT_SCHEDULES) describe('the schedules of the tasks', () => declared(drive))
    options.more?.(drive)

    describe('the stack itself', () => lifecycle(drive, () => before))
  })
}
