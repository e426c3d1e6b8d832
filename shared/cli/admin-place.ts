import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { createInvoke } from '../aws/invoke.ts'
import { stagePrefix } from '../aws/names.ts'
import { systemClock } from '../runtime/clock.ts'
import { openSqliteBackend, type SqliteBackend } from '../sqlite/backend.ts'
import { OpenRefused } from '../sqlite/open.ts'
import { message } from '../telemetry/log-events.ts'
import { fail } from './dev.ts'

/** A function that starts takes a few seconds, and a grant that is sent twice makes two invitations. */
const ONCE = { maxAttempts: 1, requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 } } as const
const STANDARD_STAGE = 'dev'

/** Where accounts are that are worked on past the API. */
export interface AdminFlags {
  readonly stage?: string | undefined
  /** Folder of the data file: of a server on this machine, not of a stage on AWS. */
  readonly data?: string | undefined
}

/** Asks the function of accounts of a stage: with rights in its AWS account, and with no others. */
export async function askStage<T>(
  stage: string = STANDARD_STAGE,
  event: object,
  parse: (answer: unknown) => T,
): Promise<T> {
  const name = `${stagePrefix(stage)}-auth`
  try {
    return parse(await createInvoke(new LambdaClient(ONCE), name, systemClock).now(event))
  } catch (error) {
    fail(
      `${name} cannot be asked (${message(error)}): check the stage's name and that it has accounts, AWS_REGION and your credentials`,
    )
  }
}

/** The server must not run: one process owns the file. */
export async function inFile<T>(folder: string, work: (backend: SqliteBackend) => Promise<T>): Promise<T> {
  const path = join(folder, 'pulse.db')
  if (!existsSync(path)) fail(`there is no data file at ${path}: name its folder with --data`)
  const backend = openOrFail(folder)
  try {
    return await work(backend)
  } finally {
    backend.close()
  }
}

function openOrFail(folder: string): SqliteBackend {
  try {
    return openSqliteBackend({
      folder,
      names: [],
      failed: error => fail(`the data file can no longer be trusted (${message(error)})`),
    })
  } catch (error) {
    if (error instanceof OpenRefused) fail(error.message)
    throw error
  }
}

/** Ends the program: what was typed makes no sense. */
export function misused(line: string): never {
  process.stderr.write(`pulse: ${line}\n`)
  process.exit(2)
}
