// `npm run docs` writes the parts of the documentation that follow from the code. A test fails when they are stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { problemsTable, routesTable } from './docs/api-tables.ts'
import { hazardsTable, laterTable } from './docs/hazards.ts'
import {
  embeddedTable,
  faultsTable,
  plantsTable,
  processesTable,
  recoveryTable,
  simulatedTable,
  untestedList,
} from './docs/reliability.ts'
import { envExample, settingsTable } from './docs/settings.ts'
import { stateDiagram } from './docs/state-diagram.ts'
import { tourScript } from './docs/tour.ts'

/** What stands between `<!-- generated:name -->` and `<!-- /generated -->`. */
const sections: Readonly<Record<string, () => string>> = {
  'state-diagram': stateDiagram,
  settings: settingsTable,
  routes: routesTable,
  problems: problemsTable,
  hazards: hazardsTable,
  later: laterTable,
  simulated: simulatedTable,
  recovery: recoveryTable,
  embedded: embeddedTable,
  faults: faultsTable,
  plants: plantsTable,
  processes: processesTable,
  untested: untestedList,
}

const documents = ['README.md', 'docs/architecture.md', 'docs/api.md', 'docs/reliability.md']
const MARKED = /(<!-- generated:([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g

/** Every file that is generated, whole or in part, as it ought to be. */
export function generatedFiles(): Map<string, string> {
  const files = new Map(documents.map(path => [path, withSections(read(path))]))
  files.set('.env.example', envExample())
  files.set('examples/five-minutes.sh', tourScript(files.get('README.md') ?? ''))
  return files
}

function withSections(text: string): string {
  return text.replace(MARKED, (_all, start: string, name: string, end: string) => {
    const section = sections[name]
    if (!section)
      throw new Error(
        `nothing makes the section "${name}": scripts/generate-docs.ts knows ${Object.keys(sections).join(', ')}`,
      )
    return `${start}${section()}\n${end}`
  })
}

export function read(path: string): string {
  const url = new URL(`../${path}`, import.meta.url)
  return existsSync(url) ? readFileSync(url, 'utf8') : ''
}

if (import.meta.main) {
  for (const [path, text] of generatedFiles()) {
    if (read(path) === text) continue
    writeFileSync(new URL(`../${path}`, import.meta.url), text, path.endsWith('.sh') ? { mode: 0o755 } : {})
    console.log(`${path} written`)
  }
}
