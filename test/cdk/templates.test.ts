import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PulseStack } from '../../lib/pulse-stack.ts'
import type { PulseQueueProps } from '../../lib/settings.ts'
import { newApp, stageOf } from './stage.ts'

const variants: [string, PulseQueueProps][] = [
  ['dev', {}],
  ['prod', { stage: 'prod', alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:ops' }],
  ['dev with an open REST API', { restApi: true, apiAuth: 'none', tlsOnly: false, reconcileEvery: '1 minute' }],
  ['prod with a REST API', { stage: 'prod', restApi: true, architecture: 'x86_64' }],
  ['dev for signed requests', { apiAuth: 'iam' }],
]

const SLOW = 60_000

test.each(variants)(
  'AWS’s own check, as CDK makes it, finds nothing wrong with the stage %s',
  (_, settings) => {
    const app = newApp(true)
    new PulseStack(app, settings)
    expect(() => app.synth()).not.toThrow()
  },
  SLOW,
)

/** What the tools of the emulator are installed with, by `scripts/stack/python.ts`. */
const TOOLS = 'node_modules/.cache/pulse-python/bin'
const { PULSE_CFN_LINT } = process.env
// The script itself names a Python that was elsewhere when it was installed.
const command = PULSE_CFN_LINT ? [PULSE_CFN_LINT] : [`${TOOLS}/python`, `${TOOLS}/cfn-lint`]

test.for(variants)('cfn-lint finds nothing wrong with the stage %s', { timeout: SLOW }, ([, settings], { skip }) => {
  skip(!command.every(existsSync), 'cfn-lint is not installed: npm run stack:up, or set PULSE_CFN_LINT')
  const [program = '', ...args] = command
  // CDK says twice what depends on what.
  args.push('--ignore-checks', 'W3005', '--regions', 'us-east-1', '--', stageOf(settings).templateFile)
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
})
