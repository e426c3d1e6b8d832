/**
 * Stands in for the SDK's search for credentials, which a bundle would carry along whole: single sign-on, web identities, profiles,
 * instances. On Lambda the role's credentials are in the environment and nowhere else, and a third of the start is saved.
 */
export function defaultProvider() {
  return async () => ({
    accessKeyId: required('AWS_ACCESS_KEY_ID'),
    secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env.AWS_SESSION_TOKEN,
  })
}

function required(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new Error(`the environment variable ${name} is missing: this is no function of Lambda`)
}
