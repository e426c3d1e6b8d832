import { exchange } from './exchange.ts'
import { sign } from './sign.ts'
import { root, type Stage } from './stage.ts'

/** The three ways in which services of AWS are asked. */
export type Question =
  | { readonly action: string; readonly version: string; readonly parameters?: Readonly<Record<string, string>> }
  | { readonly target: string; readonly json?: object }
  | { readonly path: string }

/**
 * Asks a service that has no client among this repository's packages, as the owner of the account.
 * @param service as signatures name it
 * @throws Error unless the answer is 200
 */
export async function awsCall(stage: Stage, service: string, question: Question): Promise<string> {
  const request = requestFor(stage, question)
  const headers = sign(request, service, root, new Date())
  const { status, bytes } = await exchange(request.url, { ...request, headers })
  if (status !== 200) throw new Error(`${service} answered ${status}: ${bytes}`)
  return bytes.toString()
}

function requestFor({ emulator }: Stage, question: Question) {
  const url = new URL('path' in question ? question.path : '/', emulator.url)
  const { host } = url
  if ('path' in question) return { method: 'GET', url, headers: { host }, body: '' }
  if ('target' in question) {
    const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': question.target }
    return { method: 'POST', url, headers, body: JSON.stringify(question.json ?? {}) }
  }
  const { action, version, parameters } = question
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams({ Action: action, Version: version, ...parameters }).toString()
  return { method: 'POST', url, headers, body }
}
