import { CfnOutput, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { PulseQueue } from './pulse-queue.ts'
import { type PulseQueueProps, readSettings } from './settings.ts'

/** One stage of Pulse as a stack of its own. */
export class PulseStack extends Stack {
  readonly queue: PulseQueue

  /** @throws SettingsRefused */
  constructor(scope: Construct, props: PulseQueueProps) {
    const { stage, removal } = readSettings(props)
    super(scope, `Pulse-${stage}`, {
      description: `Pulse, a task queue: stage ${stage}.`,
      // Tasks that have not ended must not go by a slip of the hand (H69).
      terminationProtection: removal === 'retain',
    })
    this.queue = new PulseQueue(this, 'Pulse', props)
    new CfnOutput(this, 'ApiUrl', { value: this.queue.url, description: 'Address of the API.' })
    new CfnOutput(this, 'DashboardName', { value: this.queue.dashboardName, description: 'CloudWatch dashboard.' })
    for (const [name, value] of Object.entries(this.queue.functionNames)) {
      const words = name.split('-').map(word => word.charAt(0).toUpperCase() + word.slice(1))
      new CfnOutput(this, `Function${words.join('')}`, { value, description: `Name of the function ${name}.` })
    }
  }
}
