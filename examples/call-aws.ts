// The typed client and a stage on AWS that takes signed requests:
//   PULSE_URL=$ApiUrl npx node examples/call-aws.ts
import { AwsClient } from 'aws4fetch'
import { Pulse } from '../shared/sdk/index.ts'
import { echo } from '../tasks/echo.ts'

const { PULSE_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
if (!PULSE_URL || !AWS_REGION || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
  throw new Error('set PULSE_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')

const aws = new AwsClient({
  accessKeyId: AWS_ACCESS_KEY_ID,
  secretAccessKey: AWS_SECRET_ACCESS_KEY,
  ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  service: 'execute-api',
  region: AWS_REGION,
  // The client of Pulse tries again by itself, with the same Idempotency-Key.
  retries: 0,
})
const pulse = new Pulse({ url: PULSE_URL, fetch: (input, init) => aws.fetch(input, init) })

const handle = await pulse.enqueue(echo, { hello: 'AWS' })
const { state, result } = await pulse.wait(handle, { timeout: 30_000 })
console.log(`${handle.id} is ${state}: ${JSON.stringify(result)}`)
