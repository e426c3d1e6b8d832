// `npm run stack:deploy` brings the stack in the emulator to the code. More arguments go to `cdk deploy`: `-- -c tasks=my/tasks.ts`.
import { namedUrl, pathUrl } from './api-url.ts'
import { bootstrap, cdkOrThrow } from './cdk.ts'
import { settingsFor } from './emulators.ts'
import { clientEnvironment } from './ministack.ts'
import { orExplain, runningEmulator } from './running.ts'
import { FOLDER, OUTPUTS_FILE, savedOutputs } from './saved.ts'

await orExplain(async () => {
  const { kind, port } = await runningEmulator()
  const env = clientEnvironment(port)
  const settings = Object.entries(settingsFor(kind)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const output = ['--output', `${FOLDER}/cdk.out`]
  const options = { env, show: true }
  await bootstrap(options)
  const more = process.argv.slice(2)
  const deploy = ['deploy', '--all', '--require-approval', 'never', '--outputs-file', OUTPUTS_FILE]
  await cdkOrThrow([...deploy, ...settings, ...output, ...more], options)
  const outputs = savedOutputs() ?? {}
  console.log(`the pages of the API: ${namedUrl(outputs, env.AWS_ENDPOINT_URL)}/docs`)
  console.log(pathUrl(outputs, env.AWS_ENDPOINT_URL))
})
