// `npm run stack:up` starts an emulator of AWS in the background, unless one is up already.
import { chosenKind, isUp, start } from './emulators.ts'
import { orExplain, runningEmulator } from './running.ts'
import { type Running, savedRunning, saveRunning } from './saved.ts'

await orExplain(async () => {
  const before = savedRunning()
  if (before && (await isUp(before))) return say(await runningEmulator(), 'is up already')
  // Data that were kept name queues by the port.
  const running = await start(chosenKind(), Number(process.env.PULSE_STACK_PORT || before?.port || 4566))
  saveRunning(running)
  say(running, 'is up')
})

function say({ kind, port }: Running, state: string): void {
  console.log(`${kind} ${state} at http://127.0.0.1:${port}; next: npm run stack:deploy`)
}
