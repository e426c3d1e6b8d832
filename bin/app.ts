#!/usr/bin/env node
import { App } from 'aws-cdk-lib'
import { settingsOf } from '../lib/context.ts'
import { PulseStack } from '../lib/pulse-stack.ts'
import { SettingsRefused } from '../lib/settings.ts'

/** The CDK app: one stage of Pulse, with the settings that the context gives, such as `-c stage=prod -c restApi=true`. */
const app = new App()
try {
  new PulseStack(app, settingsOf(app.node.getAllContext()))
} catch (error) {
  if (!(error instanceof SettingsRefused)) throw error
  console.error(`pulse: ${error.message}`)
  process.exit(1)
}
