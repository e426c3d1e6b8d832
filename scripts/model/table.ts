import type { Rule, Setting } from '../../model/rules.ts'
import type { Search } from './spin.ts'

/** One line of the report: what was searched, and what came of it. */
export function lineOf(setting: Setting, rule: Rule | undefined, { errors, states, depth, found, ...rest }: Search) {
  const what = rule === undefined ? 'all rules' : `without "${rule.rule}"`
  const result = errors > 0 ? `found: ${found}` : rest.complete ? 'no error, search complete' : 'NOT COMPLETE'
  const size = `${String(states).padStart(9)} states, depth ${String(depth).padStart(6)}, ${rest.seconds.toFixed(1).padStart(5)} s`
  return `${setting.name.padEnd(20)} ${what.padEnd(65)} ${size}  ${result}`
}
