#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { backup } from '../shared/cli/backup.ts'
import { dev, fail } from '../shared/cli/dev.ts'
import { version } from '../shared/cli/version.ts'

const USAGE = `pulse dev [--port N] [--host ADDRESS] [--data FOLDER] [--tasks FOLDER]   run the server on one SQLite file
pulse backup FILE [--data FOLDER]                                         copy the data file, also of a running server
pulse reconcile [--stage NAME] [--restored]                               on AWS: send lost hints again, say what was repaired
pulse admin grant EMAIL [--role admin|operator|viewer] [--stage NAME | --data FOLDER]
                                                                          give a role, or an invitation to register with it
pulse admin janitor [run] [--json] [--stage NAME | --data FOLDER]         say which API keys had ended by themselves; run: look now
pulse schedules list|get|create|edit|pause|resume|trigger|occurrences|next|backfill|delete …
                                                                          schedules of a server: pulse schedules help
pulse version
Settings come from flags, then from the environment: see .env.example.
`

const { values, positionals } = readArguments()
const [command = 'help', ...rest] = positionals

switch (command) {
  case 'dev':
    await dev({ PULSE_PORT: values.port, PULSE_HOST: values.host, PULSE_DATA: values.data, PULSE_TASKS: values.tasks })
    break
  case 'backup':
    await backup(rest[0], values.data)
    break
  case 'reconcile':
    // Loaded here: nobody else who types a command should wait for the clients of AWS.
    await (await import('../shared/cli/reconcile.ts')).reconcile(values.stage ?? 'dev', values.restored)
    break
  case 'admin':
    await (await import('../shared/cli/admin.ts')).admin(rest, values)
    break
  case 'schedules':
    await (await import('../shared/cli/schedules.ts')).schedules(process.argv.slice(3))
    break
  case 'version':
    process.stdout.write(`${version}\n`)
    break
  case 'help':
    process.stdout.write(USAGE)
    break
  default:
    process.stderr.write(`pulse: there is no command "${command}"\n${USAGE}`)
    process.exitCode = 2
}

function readArguments() {
  try {
    const text = { type: 'string' } as const
    return parseArgs({
      // Schedules have options of their own.
      args: process.argv.slice(2, process.argv[2] === 'schedules' ? 3 : undefined),
      allowPositionals: true,
      options: {
        port: text,
        host: text,
        data: text,
        tasks: text,
        stage: text,
        role: text,
        restored: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    })
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}
