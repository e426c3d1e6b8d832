/** The fields that are there: those that are undefined are left out, and the others are as they were. */
export function present<Fields extends Readonly<Record<string, unknown>>>(fields: Fields): Present<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<Fields>
}

type Present<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> }
