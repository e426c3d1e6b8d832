import { adminGrant } from './admin-grant.ts'
import { adminJanitor } from './admin-janitor.ts'
import { type AdminFlags, misused } from './admin-place.ts'

export interface AllAdminFlags extends AdminFlags {
  readonly role?: string | undefined
  readonly json?: boolean | undefined
}

/** `pulse admin …`: what is done past the API, by who works on the store itself. */
export async function admin([verb, ...rest]: readonly string[], flags: AllAdminFlags): Promise<void> {
  if (flags.stage !== undefined && flags.data !== undefined) misused('give --stage or --data, not both')
  switch (verb) {
    case 'grant':
      return adminGrant(rest, flags)
    case 'janitor':
      return adminJanitor(rest, flags)
    default:
      misused('say what: pulse admin grant you@example.com, or pulse admin janitor')
  }
}
