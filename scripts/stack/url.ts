// `npm run stack:url` prints the deployed API's URL as its last line.
import { pathUrl } from './api-url.ts'
import { clientEnvironment } from './ministack.ts'
import { orExplain, runningEmulator } from './running.ts'
import { savedOutputs } from './saved.ts'

await orExplain(async () => {
  const { port } = await runningEmulator()
  const outputs = savedOutputs()
  if (!outputs) throw new Error('nothing is deployed: npm run stack:deploy')
  console.log(pathUrl(outputs, clientEnvironment(port).AWS_ENDPOINT_URL))
})
