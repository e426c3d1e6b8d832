import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CLI = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk')

export interface CdkOptions {
  /** Where the account is: of an emulator, what its clients need. */
  readonly env: Readonly<Record<string, string>>
  /** Prints as it goes, beside collecting. */
  readonly show?: boolean
  readonly limitMs?: number
  /** Where it looks for an app; in this repository when not given. */
  readonly folder?: string
}

export interface CdkResult {
  readonly code: number
  readonly output: string
}

/** Of the surrounding shell: other accounts, other runs, and proxies, which know nothing of this machine. */
const FOREIGN = /^(?:AWS_|CDK_|NODE_OPTIONS$|VITEST|npm_|https?_proxy$|all_proxy$)/i

/**
 * Runs the CDK's command line on this repository's app. Settings of the surrounding shell about AWS do not reach it.
 * @returns its exit code and all it said
 */
export function cdk(
  args: readonly string[],
  { env, show, limitMs = 300_000, folder = ROOT }: CdkOptions,
): Promise<CdkResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name))
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args, '--no-notices', '--no-color', '--ci'], {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), CDK_DISABLE_CLI_TELEMETRY: 'true', ...env, PATH: path() },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (show) process.stderr.write(text)
      })
    }
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') output += `\ncdk ${args[0]} was not done within ${limitMs / 1_000} s`
      resolve({ code: code ?? 1, output })
    })
  })
}

/** As `cdk`. @throws Error with its output unless it ends well */
export async function cdkOrThrow(args: readonly string[], options: CdkOptions): Promise<string> {
  const { code, output } = await cdk(args, options)
  if (code === 0) return output
  throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${output.trim().split('\n').slice(-40).join('\n')}`)
}

/** Prepares an account for deployments; once more changes nothing. */
export async function bootstrap(options: CdkOptions): Promise<void> {
  const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION } = options.env
  // Away from the app, which would be synthesised for nothing.
  await cdkOrThrow(['bootstrap', `aws://${CDK_DEFAULT_ACCOUNT}/${CDK_DEFAULT_REGION}`], {
    ...options,
    folder: tmpdir(),
  })
}

/** The app is started as `node`: that must be this one. */
function path(): string {
  return `${dirname(process.execPath)}:${process.env.PATH}`
}
