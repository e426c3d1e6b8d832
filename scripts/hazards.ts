// `npm run hazards` lists what can go wrong and which tests show that it does not; `npm run hazards -- H25 P3` only these.
import { readHazards } from './docs/hazards.ts'
import { type NamedTest, testsById } from './test-names.ts'

const wanted = process.argv.slice(2)
const { promises, due, later } = readHazards()
const tests = testsById()
const isWanted = (id: string) => wanted.length === 0 || wanted.includes(id)

console.log('Due today')
for (const [id, title] of Object.entries(due)) if (isWanted(id)) print(id, title, tests.get(id) ?? [])

console.log('\nPromises')
for (const [id, { title, ids }] of Object.entries(promises)) {
  const rest = ids.length === 0 ? '' : ` (rests on ${ids.join(', ')})`
  if (isWanted(id)) print(id, title + rest, tests.get(id) ?? [])
}

for (const { reason, ids } of later) {
  if (!Object.keys(ids).some(isWanted)) continue
  console.log(`\nNot due: ${reason}`)
  for (const [id, title] of Object.entries(ids)) if (isWanted(id)) print(id, title, tests.get(id))
}

const missing = Object.keys(due).filter(id => isWanted(id) && !tests.has(id))
console.log(
  missing.length === 0 ? '\nEvery one that is due today is named by a test.' : `\nNo test names: ${missing.join(' ')}`,
)
if (missing.length > 0) process.exitCode = 1

function print(id: string, title: string, found: readonly NamedTest[] | undefined): void {
  console.log(`${id.padEnd(7)} ${title}`)
  if (found?.length === 0) console.log('        NO TEST')
  for (const { file, title: name } of found ?? []) console.log(`        ${file}: ${name}`)
}
