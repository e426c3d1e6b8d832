/** A fenced block of commands, and what its output looks like when the document shows it. */
export interface Step {
  readonly heading: string
  readonly commands: string
  readonly shown?: { readonly language: 'json' | 'text'; readonly text: string }
}

const FENCE = /^(?:### (?<heading>.+)|```(?<language>\w+)\n(?<body>[\s\S]*?)\n```)$/gm

/** The text between two markers of a document. */
export function between(document: string, name: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const from = document.indexOf(start)
  const to = document.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`the document has no part between ${start.trim()} and ${end}`)
  return document.slice(from + start.length, to)
}

/** The steps of a tour: each `sh` block, with the `json` or `text` block that follows it. */
export function stepsOf(part: string): Step[] {
  const steps: Step[] = []
  let heading = ''
  for (const { groups = {} } of part.matchAll(FENCE)) {
    const { language, body = '' } = groups
    if (groups.heading) heading = groups.heading
    else if (language === 'sh') steps.push({ heading, commands: body })
    else if (language === 'json' || language === 'text') {
      const step = steps.pop()
      if (step) steps.push({ ...step, shown: { language, text: body } })
    }
  }
  return steps
}

/** The tour of the README as a script that runs by itself. */
export function tourScript(readme: string): string {
  let before = ''
  const steps = stepsOf(between(readme, 'tour')).map(({ heading, commands, shown }) => {
    const title = heading === before ? '' : `printf '\\n## %s\\n' ${JSON.stringify(heading)}\n`
    before = heading
    // Answers in JSON end without a line break.
    return `${title}${commands}\n${shown?.language === 'json' ? 'echo\n' : ''}`
  })
  return `#!/usr/bin/env bash
# The five-minute tour of the README, as one script. Written by \`npm run docs\`: edit README.md instead.
#
#   npm start                  # in one terminal
#   examples/five-minutes.sh   # in another; PULSE_URL names a server other than ${DEFAULT_URL}
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")/.."

${steps.join('\n').replace(`url=${DEFAULT_URL}`, `url=\${PULSE_URL:-${DEFAULT_URL}}`)}`
}

export const DEFAULT_URL = 'http://127.0.0.1:3000'
