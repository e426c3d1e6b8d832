// `npm run stack:down` destroys the stack and stops the emulator; with `-- --force` also when tasks wait.
import { pathUrl } from './api-url.ts'
import { cdkOrThrow } from './cdk.ts'
import { isUp, settingsFor, stop } from './emulators.ts'
import { clientEnvironment } from './ministack.ts'
import { orExplain } from './running.ts'
import { FOLDER, forgetAll, forgetOutputs, type Running, savedOutputs, savedRunning } from './saved.ts'

const FORCE = '`npm run stack:down -- --force` removes them all the same'
const force = process.argv.includes('--force')

await orExplain(async () => {
  const running = savedRunning()
  if (!running) return console.log('nothing is up')
  const up = await isUp(running)
  if (!force) await refuseWithTasks(running, up)
  if (up && savedOutputs()) await destroy(running)
  await stop(running)
  forgetAll()
  console.log(`${running.kind} is down, and nothing of it is left`)
})

/** A stage is not destroyed with tasks inside that have not ended (H69). */
async function refuseWithTasks({ port }: Running, up: boolean): Promise<void> {
  const outputs = savedOutputs()
  if (!outputs) return
  if (!up)
    throw new Error(`the emulator does not run, so that nobody knows whether tasks wait: npm run stack:up; ${FORCE}`)
  const open = await openTasks(pathUrl(outputs, clientEnvironment(port).AWS_ENDPOINT_URL))
  if (open > 0)
    throw new Error(`${open} ${open === 1 ? 'task has' : 'tasks have'} not ended yet: cancel, or wait; ${FORCE}`)
}

async function openTasks(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/stats`)
  if (!answer.ok)
    throw new Error(`the API answered ${answer.status}, so that nobody knows whether tasks wait; ${FORCE}`)
  const { totals } = (await answer.json()) as { readonly totals: Readonly<Record<string, number>> } // see /openapi.json
  return ['PENDING', 'RETRYING', 'RUNNING'].reduce((sum, state) => sum + (totals[state] ?? 0), 0)
}

async function destroy({ kind, port }: Running): Promise<void> {
  const settings = Object.entries(settingsFor(kind)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const args = ['destroy', '--all', '--force', '--output', `${FOLDER}/cdk.out`, ...settings]
  await cdkOrThrow(args, { env: clientEnvironment(port), show: true })
  forgetOutputs()
}
