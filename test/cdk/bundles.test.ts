import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle, bundleOptions, checkTasks } from '../../lib/bundle.ts'
import { SettingsRefused } from '../../lib/settings.ts'
import { type FunctionName, functionNames } from '../../shared/aws/names.ts'
import { ROOT } from '../repo/files.ts'
import { bundledStageOf, type Stage } from './stage.ts'

const BUNDLING_MS = 60_000

let stage: Stage
let temporary: string
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'pulse-bundles-'))
  stage = bundledStageOf()
}, BUNDLING_MS)
afterAll(() => rmSync(temporary, { recursive: true }))

function functionOf(name: FunctionName) {
  const resource = [...stage.of('AWS::Lambda::Function').values()].find(
    ({ Properties }) => Properties.FunctionName === `pulse-dev-${name}`,
  )
  if (!resource) throw new Error(`there is no function ${name}`)
  return resource.Properties as {
    Code: { S3Key: string }
    Handler: string
    Environment: { Variables: Record<string, unknown> }
  }
}

/** Folder of the code that would be deployed. */
function folderOf(name: FunctionName): string {
  return join(dirname(stage.templateFile), `asset.${functionOf(name).Code.S3Key.replace(/\.zip$/, '')}`)
}

const codeOf = (name: FunctionName) => readFileSync(join(folderOf(name), 'index.mjs'), 'utf8')

/** The bundles are long: what is found in one, rather than the whole, is what a failed test should show. */
const found = (name: FunctionName, pattern: RegExp) => pattern.exec(codeOf(name))?.[0]

describe.each(functionNames)('the bundle of %s', name => {
  test('starts with plain Node and what the stack tells the function, and says nothing', () => {
    const { Environment, Handler } = functionOf(name)
    const variables = Object.entries(Environment.Variables).map(([key, value]) => [key, stage.text(value)])
    const [file, exported] = Handler.split('.')
    const code = `
      const module = await import(${JSON.stringify(join(folderOf(name), `${file}.mjs`))})
      if (Object.keys(module).join() !== '${exported}') throw new Error('it exports ' + Object.keys(module))
      if (typeof module.${exported} !== 'function') throw new Error('its handler is no function')
    `
    // Nothing is installed beside or above it.
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      cwd: temporary,
      // Lambda's own, and nothing of the shell that runs this.
      env: { ...Object.fromEntries(variables), AWS_REGION: 'eu-west-1', PATH: '' },
    })
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  })

  test('SEC-44 holds code and pages, nothing else, and no secret', () => {
    const files = readdirSync(folderOf(name), { recursive: true }).map(String).sort()
    const pages = ['docs', ...[...DOCS, 'console', ...CONSOLE].map(page => join('docs', page))]
    const beside: Partial<Record<FunctionName, readonly string[]>> = { ops: pages, worker: ['index.mjs.map'] }
    expect(files).toEqual(['index.mjs', ...(beside[name] ?? [])].sort())
    expect(found(name, /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|BEGIN [A-Z ]*PRIVATE KEY|\bpk_live_\w+/)).toBeUndefined()
  })

  test('has the user’s tasks inside, unless it is apart, and none of the SDK’s ways to find credentials elsewhere', () => {
    expect(found(name, /checksum-file/)).toBe(name === 'auth' ? undefined : 'checksum-file')
    expect(found(name, /AssumeRoleWithWebIdentity|GetRoleCredentials/)).toBeUndefined()
  })
})

const CONSOLE = readdirSync(join(ROOT, 'shared/http/assets/console')).map(name => join('console', name))
const DOCS = ['favicon-32x32.png', 'reference.css', 'start.js', 'swagger-ui-bundle.js', 'swagger-ui.css']

test('each function has a bundle of its own', () => {
  expect(new Set(functionNames.map(folderOf)).size).toBe(functionNames.length)
})

describe('what only one part needs is in no other’s bundle', () => {
  const others = functionNames.filter(name => name !== 'auth')

  test('SEC-39 auth has nothing of queues and timers, of the user’s tasks, or of the pages', () => {
    const { metafile } = buildSync({
      ...bundleOptions('auth', 'tasks/index.ts', join(temporary, 'auth')),
      metafile: true,
      write: false,
    })
    const [{ inputs } = { inputs: {} }] = Object.values(metafile.outputs)
    const names = Object.keys(inputs).map(path => path.replace(/^.*node_modules\//, ''))
    expect(names).toContain('shared/identity/login.ts')
    const foreign =
      /^(?:@aws-sdk\/client-(?!dynamodb|secrets-manager)|zod-openapi|cron|tasks\/|shared\/(?:engine|worker|sqlite)\/)/
    expect(names.filter(name => foreign.test(name))).toEqual([])
    expect(found('auth', /SendMessage|ActionAfterCompletion|swagger-ui/)).toBeUndefined()
  })

  test('SEC-44 nobody but auth knows how to ask for the secret, or how to sign', () => {
    expect(found('auth', /GetSecretValue/)).toBeDefined()
    expect(others.filter(name => found(name, /GetSecretValue|access token signature/))).toEqual([])
  })

  test('the list of common passwords, half a megabyte, is where passwords are chosen', () => {
    expect(found('auth', /"?qwertyuiop"?/)).toBeDefined()
    expect(others.filter(name => found(name, /qwertyuiop/))).toEqual([])
  })
})

test('errors of handlers tell the functions that they passed through', () => {
  // Minified, but for the names of functions.
  expect(found('worker', /"checkTarget"/)).toBeDefined()
})

test('bundling again makes the same, so that a deployment of unchanged code changes nothing', () => {
  const again = join(temporary, 'again')
  bundle('worker', 'tasks/index.ts', again)
  expect(readFileSync(join(again, 'index.mjs'), 'utf8') === codeOf('worker')).toBe(true)
})

test('the tasks are those that a setting names', () => {
  const other = join(temporary, 'other')
  bundle('tasks', 'test/helpers/e2e-tasks/index.ts', other)
  expect(/checksum-file/.test(readFileSync(join(other, 'index.mjs'), 'utf8'))).toBe(false)
  expect(() => bundle('tasks', 'tasks/missing.ts', other)).toThrow(SettingsRefused)
})

describe('tasks that no function could load are refused before anything is deployed', { timeout: BUNDLING_MS }, () => {
  const definition = join(ROOT, 'shared/core/definition.ts')
  test.each([
    ['none', 'export const version = 1', /exports no task/],
    ['broken', `throw new Error('no such table')`, /no such table/],
    [
      'slow',
      `import { defineTask } from '${definition}'; export const slow = defineTask({ name: 'slow', timeout: '20m', run: () => 1 })`,
      /the task slow has a timeout of 20 minutes: on Lambda at most 14/,
    ],
    [
      'schedule',
      `import { defineTask } from '${definition}'; import { defineSchedule } from '${join(ROOT, 'shared/core/schedule-definition.ts')}'; export const quick = defineTask({ name: 'quick', run: () => 1 }); export const nightly = defineSchedule(quick, {}, { name: 'nightly', cron: '0 25 * * *' })`,
      /schedule "nightly" is refused: /,
    ],
    [
      'long-schedule',
      `import { defineTask } from '${definition}'; import { defineSchedule } from '${join(ROOT, 'shared/core/schedule-definition.ts')}'; export const quick = defineTask({ name: 'quick', run: () => 1 }); export const nightly = defineSchedule(quick, {}, { name: 'nightly', cron: '@daily', task: { timeout: '20m' } })`,
      /schedule "nightly" is refused: task.timeout: must be at most 14m here/,
    ],
  ])('H99 %s', (name, source, reason) => {
    const path = join(temporary, `${name}.ts`)
    writeFileSync(path, source)
    expect(() => checkTasks(path)).toThrow(SettingsRefused)
    expect(() => checkTasks(path)).toThrow(reason)
  })

  test('with the variables that the handlers are given', () => {
    const path = join(temporary, 'asking.ts')
    writeFileSync(
      path,
      `import '${join(ROOT, 'tasks/index.ts')}'\nif (!process.env.TABLE) throw new Error('set TABLE')\nexport { default } from '${join(ROOT, 'tasks/index.ts')}'`,
    )
    expect(() => checkTasks(path)).toThrow('set TABLE')
    expect(() => checkTasks(path, { TABLE: 'orders' })).not.toThrow()
  })
})
