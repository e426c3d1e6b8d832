import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Tools that come as Python packages. MiniStack is probed again before its version is raised: see docs/backends.md. */
const PACKAGES = ['ministack==1.5.33', 'cryptography==50.0.2', 'cfn-lint==1.58.0']
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/pulse-python', import.meta.url))
/** Written last: a folder without it, or with other packages in it, is made anew. */
const MARKER = 'packages.txt'
const INSTALL_LIMIT_MS = 300_000

const run = promisify(execFile)

/**
 * Installs the tools into a private virtual environment, once. Start them by module: `python -m ministack`, `python -m cfnlint`.
 * @returns path of its Python
 * @throws Error that says what to install
 */
export async function preparePython(): Promise<string> {
  if (!isComplete()) await install()
  return join(FOLDER, 'bin', 'python')
}

function isComplete(): boolean {
  const marker = join(FOLDER, MARKER)
  return existsSync(marker) && readFileSync(marker, 'utf8') === PACKAGES.join('\n')
}

/** Made beside its place and moved there when it is whole, so that two who install at once do not meet. */
async function install(): Promise<void> {
  mkdirSync(dirname(FOLDER), { recursive: true })
  const draft = mkdtempSync(`${FOLDER}-`)
  try {
    await makeEnvironment(draft)
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]
    await step(join(draft, 'bin', 'python'), pip, 'the Python packages could not be installed')
    writeFileSync(join(draft, MARKER), PACKAGES.join('\n'))
    if (isComplete()) return
    rmSync(FOLDER, { recursive: true, force: true })
    try {
      renameSync(draft, FOLDER)
    } catch (error) {
      // Somebody else was quicker.
      if (!isComplete()) throw error
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function makeEnvironment(folder: string): Promise<void> {
  await step('python3', ['--version'], 'the emulator needs Python 3.10 or later: install python3')
  await step('python3', ['-m', 'venv', folder], 'python3 lacks its venv module: install it (Debian: python3-venv)')
}

async function step(program: string, args: readonly string[], refusal: string): Promise<void> {
  try {
    await run(program, args, { timeout: INSTALL_LIMIT_MS })
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string } // what `execFile` rejects with
    throw new Error(`${refusal}\n${stderr.trim() || message}`, { cause: error })
  }
}

if (import.meta.main) console.log(await preparePython())
