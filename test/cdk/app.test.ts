import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../repo/files.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulse-app-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** As the CDK's command line starts it. */
function runApp(context: Readonly<Record<string, unknown>>) {
  const env = {
    ...process.env,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
    CDK_VALIDATION: 'false',
  }
  return spawnSync(process.execPath, ['bin/app.ts'], { cwd: ROOT, env, encoding: 'utf8' })
}

describe('the CDK app', () => {
  test('makes the stack of the stage that the context names', () => {
    const { status, stderr } = runApp({ stage: 'dev-anna', restApi: 'true', '@aws-cdk/core:checkSecretUsage': true })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(existsSync(join(folder, 'Pulse-dev-anna.template.json'))).toBe(true)
  })

  test('refuses a wrong setting in one line', () => {
    const { status, stderr } = runApp({ restapi: 'true' })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'pulse: restapi is no setting of Pulse; did you mean "restApi"?\n',
    })
  })
})
