/**
 * The settings among the context of a CDK app: what `-c name=value` and the `context` of cdk.json give.
 * Names of CDK's own have a colon, an at sign or a slash in them.
 */
export function settingsOf(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = Object.entries(context).filter(([name]) => !/[:@/]/.test(name) && !CDK_NAMES.has(name))
  return Object.fromEntries(own.map(([name, value]) => [name, typeof value === 'string' ? fromText(value) : value]))
}

/** Written into cdk.json by `cdk acknowledge`. */
const CDK_NAMES: ReadonlySet<string> = new Set(['acknowledged-issue-numbers'])

/** The command line has texts only; numbers, switches and groups of settings are told by how they look. */
function fromText(text: string): unknown {
  if (!/^(?:true|false|-?\d+(?:\.\d+)?|[{[].*)$/s.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
