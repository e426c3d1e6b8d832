import { createAuthFunction } from '../shared/runtime/aws-auth.ts'

/** Serves accounts: `/api/v1/auth…`, `/api/v1/api-keys…` and `/api/v1/users…`. */
export const handler = createAuthFunction(process.env)
