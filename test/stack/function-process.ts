import { readdirSync, readFileSync } from 'node:fs'
import type { FunctionName } from '../../shared/aws/names.ts'
import type { Credentials } from './sign.ts'
import type { Stage } from './stage.ts'

/**
 * The credentials that a function's process was given, which are those of its role and of nobody else.
 * @throws Error unless it has run
 */
export function credentialsOf(stage: Stage, name: FunctionName): Credentials {
  for (const environment of environments()) {
    const isOurs = environment.get('AWS_LAMBDA_FUNCTION_NAME') === stage.functionName(name)
    if (!isOurs || !environment.get('AWS_ENDPOINT_URL')?.endsWith(`:${stage.emulator.port}`)) continue
    return {
      accessKeyId: environment.get('AWS_ACCESS_KEY_ID') ?? '',
      secretAccessKey: environment.get('AWS_SECRET_ACCESS_KEY') ?? '',
      sessionToken: environment.get('AWS_SESSION_TOKEN') ?? '',
    }
  }
  throw new Error(`no process runs ${stage.functionName(name)}`)
}

/** Of all processes that may be looked into. */
function* environments(): Generator<ReadonlyMap<string, string>> {
  for (const pid of readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
    try {
      const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      yield new Map(entries.map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
    } catch {
      // It has ended, or belongs to somebody else.
    }
  }
}
