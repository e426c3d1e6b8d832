import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { type BuildOptions, buildSync } from 'esbuild'
import type { FunctionName } from '../shared/aws/names.ts'
import { type Settings, SettingsRefused } from './settings.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Packages in the old module format ask for modules of Node by `require`, which a module of the new format does not have. */
const BANNER = "import{createRequire as pulseRequire}from'node:module';const require=pulseRequire(import.meta.url);"

/**
 * Modules of Node that are asked for when they are needed instead of being imported: an import looks at everything that a module has,
 * and these have a browser's `WebSocket` among it, for which Node then loads a whole HTTP client. It is a fifth of the start.
 */
const ASKED_FOR = ['http', 'https', 'http2']

/** What a bundle has in place of what was asked for. */
const replaced: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node': join(ROOT, 'functions/lambda-credentials.ts'),
  '@aws-sdk/endpoint-cache': join(ROOT, 'functions/modules/endpoint-cache.ts'),
  ...Object.fromEntries(
    ASKED_FOR.flatMap(name =>
      [name, `node:${name}`].map(spelling => [spelling, join(ROOT, `functions/modules/${name}.cjs`)]),
    ),
  ),
}

/** The code of a function: one file that holds everything, the SDK and the user's tasks included. */
export function codeOf(name: FunctionName, { tasks, handlerEnvironment }: Settings): Code {
  return Code.fromAsset(join(ROOT, 'functions'), {
    // By what comes out: a change that a function does not contain does not deploy it anew.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is used: what cannot be bundled here is an error. But bundles that differ in nothing written here are taken for one.
      image: DockerImage.fromRegistry('none'),
      command: [name, resolve(tasks)],
      local: {
        tryBundle(folder) {
          if (name === 'worker') checkTasks(tasks, handlerEnvironment)
          bundle(name, tasks, folder)
          return true
        },
      },
    },
  })
}

/**
 * Loads the tasks once, in a process of their own: what throws there would throw in every function that is deployed.
 * @throws SettingsRefused that says why they cannot be loaded
 */
export function checkTasks(tasks: string, environment: Readonly<Record<string, string>> = {}): void {
  const args = ['--disable-warning=ExperimentalWarning', join(ROOT, 'functions/check-tasks.ts'), resolve(tasks)]
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: LOAD_LIMIT_MS,
  })
  if (status !== 0)
    throw new SettingsRefused(`the tasks cannot be deployed: ${stderr.trim() || 'loading them does not end'}`)
}

/** Far more than a module may take: Lambda gives a function ten seconds to start, of a slower processor. */
const LOAD_LIMIT_MS = 60_000

/**
 * @param tasks path of the user's module of tasks
 * @throws SettingsRefused when there is none
 */
export function bundle(name: FunctionName, tasks: string, folder: string): void {
  buildSync(bundleOptions(name, tasks, folder))
  if (name === 'worker') nameSources(join(folder, 'index.mjs.map'))
  if (name === 'ops') copyPages(join(folder, 'docs'))
}

/** How the code of a function is bundled, for `bundle` and for who measures what comes of it. */
export function bundleOptions(name: FunctionName, tasks: string, folder: string) {
  const tasksPath = resolve(tasks)
  if (!existsSync(tasksPath))
    throw new SettingsRefused(`the setting tasks cannot be used: there is no file ${tasksPath}`)
  return {
    entryPoints: [join(ROOT, 'functions', `${name}.ts`)],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    alias: { 'pulse-tasks': tasksPath, ...replaced },
    minify: true,
    // Where handlers run: their errors are told apart by the names of the functions in the stack. It costs a few ms at the start.
    keepNames: name === 'worker',
    // Beside the bundle: their stacks are told in the places of the sources.
    ...(name === 'worker' && { sourcemap: 'external' as const, sourcesContent: false }),
    legalComments: 'none',
    logLevel: 'warning',
  } satisfies BuildOptions
}

/** By their path from the project's folder: a bundle is the same wherever it was made. */
function nameSources(path: string): void {
  const map = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] }
  const named = map.sources.map(source => relative('.', join(dirname(path), source)))
  writeFileSync(path, JSON.stringify({ ...map, sources: named }))
}

/** The pages of the documentation and of the console load nothing from elsewhere. */
function copyPages(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const own = join(ROOT, 'shared/http/assets')
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])
    copyFileSync(join(swagger, name), join(folder, name))
  for (const name of ['start.js', 'reference.css']) copyFileSync(join(own, name), join(folder, name))
  cpSync(join(own, 'console'), join(folder, 'console'), { recursive: true })
}
