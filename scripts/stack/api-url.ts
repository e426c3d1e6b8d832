/** What `cdk deploy --outputs-file` writes: stack → output → value. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>

const API = /^https?:\/\/(\w+)\.execute-api\.[^/]+(\/.*)?$/

/** The deployed API's id, and what stands before its paths: nothing for an HTTP API, the stage for a REST API. */
export function deployedApi(outputs: Outputs): { readonly id: string; readonly root: string } {
  for (const value of Object.values(outputs).flatMap(each => Object.values(each))) {
    const [, id, path = ''] = API.exec(value) ?? []
    if (id !== undefined) return { id, root: path.replace(/\/$/, '') }
  }
  throw new Error(`no output of the stack is the URL of an API: ${JSON.stringify(outputs)}`)
}

/** Under its own name, as on AWS. curl and browsers resolve names below `localhost`; not every program does. */
export function namedUrl(outputs: Outputs, endpoint: string): string {
  const { protocol, port } = new URL(endpoint)
  const { id, root } = deployedApi(outputs)
  return `${protocol}//${id}.execute-api.localhost:${port}${root}`
}

/** By a path of the emulator, which every client can call. */
export function pathUrl(outputs: Outputs, endpoint: string): string {
  const { id, root } = deployedApi(outputs)
  return `${endpoint}/_aws/execute-api/${id}${root}`
}
