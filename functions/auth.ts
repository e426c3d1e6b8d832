import { createAuthFunction } from '../shared/runtime/aws-auth.ts'

/** Serves accounts: `/api/v1/auth…`, `/api/v1/api-keys…`, `/api/v1/users…` and `/api/v1/janitor`. */
export const handler = createAuthFunction(process.env)
