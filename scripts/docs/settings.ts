import * as z from 'zod'
import { settingsSchema } from '../../shared/runtime/settings.ts'

interface Setting {
  readonly name: string
  readonly standard: string | undefined
  readonly about: string
  readonly range: string | undefined
}

interface Property {
  readonly default?: string | number
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** Settings of the example tasks, which read the environment themselves: a handler is the user's code. */
const ofTasks: readonly Setting[] = [
  {
    name: 'PULSE_FILES_ROOT',
    standard: '.',
    about: 'Folder that `checksum-file` may read, symbolic links resolved.',
    range: undefined,
  },
  {
    name: 'PULSE_FETCH_PRIVATE',
    standard: undefined,
    about: '`allow` lets `fetch-url` reach private addresses and any port.',
    range: undefined,
  },
]

function ofServer(): Setting[] {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input' })
  return Object.entries(properties).map(([name, property]) => {
    const { default: standard, description = '', minimum, maximum } = property as Property // what zod makes of a setting
    return {
      name,
      standard: standard === undefined ? undefined : String(standard),
      about: description,
      range: minimum === undefined ? undefined : `${minimum} to ${maximum}`,
    }
  })
}

export function settingsTable(): string {
  const rows = [...ofServer(), ...ofTasks].map(({ name, standard, about, range }) => {
    const shown = standard === undefined ? '' : `\`${standard}\``
    return `| \`${name}\` | ${shown} | ${about}${range === undefined ? '' : ` From ${range}.`} |`
  })
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

export function envExample(): string {
  const entry = ({ name, standard = '', about }: Setting) => `# ${about.replaceAll('`', '')}\n#${name}=${standard}\n`
  return [
    '# Settings of Pulse with their defaults. Written by `npm run docs`: edit shared/runtime/settings.ts instead.\n' +
      '# Copy this file to .env, take the # away where you want another value, and start with:\n' +
      '#   npx node --env-file=.env bin/pulse.ts dev\n',
    '# The server\n',
    ...ofServer().map(entry),
    '# The example tasks\n',
    ...ofTasks.map(entry),
  ].join('\n')
}
