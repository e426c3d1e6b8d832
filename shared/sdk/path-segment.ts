/** Whether an id may be part of a path: `/tasks/` and `/tasks/.` would be the list, `/tasks/..` what is above it. */
export function isPathSegment(id: string): boolean {
  return id !== '' && id !== '.' && id !== '..'
}
