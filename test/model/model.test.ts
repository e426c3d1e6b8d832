import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { rules, settings } from '../../model/rules.ts'
import { search, whyNoModel } from '../../scripts/model/spin.ts'
import { lineOf } from '../../scripts/model/table.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const missing = await whyNoModel()

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

describe('P2 P3 P4 P5 P11 with all its rules the model keeps its promises in every history', () => {
  for (const setting of settings) {
    test(setting.name, async context => {
      context.skip(missing !== undefined, missing)
      const result = await search(setting)
      say(lineOf(setting, undefined, result))
      expect({ errors: result.errors, complete: result.complete }).toEqual({ errors: 0, complete: true })
      expect(result.states).toBeGreaterThan(1_000)
    })
  }
})

describe('without one of them it breaks one', () => {
  for (const rule of rules) {
    test(`${rule.rule} (${rule.foundBy})`, async context => {
      context.skip(missing !== undefined, missing)
      const setting = settings.find(({ name }) => name === rule.foundBy)
      if (!setting) throw new Error(`there is no setting ${rule.foundBy}`)
      const result = await search(setting, rule.without)
      say(lineOf(setting, rule, result))
      expect(result.errors).toBeGreaterThan(0)
    })
  }
})

describe('model and program', () => {
  const model = readFileSync(join(ROOT, 'model/task.pml'), 'utf8')
  const told = readFileSync(join(ROOT, 'model/README.md'), 'utf8')

  test('each rule that can be removed is known, and told of', () => {
    const flags = new Set(model.match(/\bNO_[A-Z_]+\b/g))
    expect([...flags].sort()).toEqual([...new Set(rules.map(({ without }) => without))].sort())
    expect(rules.filter(({ without, in: file }) => !told.includes(`\`${without}\``) || !told.includes(file))).toEqual(
      [],
    )
  })

  test.each(rules)('$without is a line of $in', ({ in: file, line }) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(line)
  })
})
