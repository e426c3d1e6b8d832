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

function allSettings(): Setting[] {
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
  const rows = allSettings().map(({ name, standard, about, range }) => {
    const shown = standard === undefined ? '' : `\`${standard}\``
    return `| \`${name}\` | ${shown} | ${about}${range === undefined ? '' : ` From ${range}.`} |`
  })
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

export function envExample(): string {
  return [
    '# Settings of Pulse with their defaults. Written by `npm run docs`: edit shared/runtime/settings.ts instead.\n' +
      '# Copy this file to .env, take the # away where you want another value, and start with:\n' +
      '#   npx node --env-file=.env bin/pulse.ts dev\n',
    ...allSettings().map(({ name, standard = '', about }) => `# ${about}\n#${name}=${standard}\n`),
  ].join('\n')
}
