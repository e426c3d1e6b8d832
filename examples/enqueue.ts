// The typed client: `npm start` in one terminal, `npx node examples/enqueue.ts` in another.
import { ConflictError, Pulse, ValidationError } from '../shared/sdk/index.ts'
import { checksumFile } from '../tasks/checksum-file.ts'
import { sleep } from '../tasks/sleep.ts'

const pulse = new Pulse({ url: process.env.PULSE_URL ?? 'http://127.0.0.1:3000' })

// The definition types the input and the result; `wait` throws only when its own time is up.
const handle = await pulse.enqueue(
  checksumFile,
  { path: 'package.json' },
  { priority: 1, tags: { example: 'enqueue' } },
)
const { state, result } = await pulse.wait(handle, { timeout: 30_000 })
console.log(`${handle.id} is ${state}: ${result?.lines} lines, SHA-256 ${result?.sha256}`)

// Not before an hour from now, so that there is time to change one's mind.
const later = await pulse.enqueue(sleep, { ms: 100 }, { delay: '1h' })
console.log(`${later.id} is ${(await pulse.cancel(later)).state}`)

// Errors have a class for each code, with what is needed to go on.
try {
  await pulse.cancel(later)
} catch (error) {
  if (error instanceof ConflictError) console.log(`it is ${error.currentState}; allowed now: ${error.allowedActions}`)
}
await pulse.enqueue('sleep', { ms: 'long' }).catch(error => {
  if (error instanceof ValidationError) console.log(error.errors)
})

for await (const task of pulse.list({ tag: 'example:enqueue', pageSize: 100 })) console.log(task.createdAt, task.state)
