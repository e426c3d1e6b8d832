// `node scripts/model.ts` searches the model with all its rules, then without each of them; `node scripts/model.ts NO_FENCE` only
// without that one.
import { rules, settings } from '../model/rules.ts'
import { search, whyNoModel } from './model/spin.ts'
import { lineOf } from './model/table.ts'

const wanted = process.argv.slice(2)
const missing = await whyNoModel()
if (missing !== undefined) {
  console.error(`${missing}: apt-get install spin gcc`)
  process.exit(1)
}

let wrong = 0
for (const setting of wanted.length === 0 ? settings : []) {
  const result = await search(setting)
  if (result.errors !== 0 || !result.complete) wrong++
  console.log(lineOf(setting, undefined, result))
}
for (const rule of rules) {
  const setting = settings.find(({ name }) => name === rule.foundBy)
  if (!setting || (wanted.length > 0 && !wanted.includes(rule.without))) continue
  const result = await search(setting, rule.without)
  if (!(result.errors > 0)) wrong++
  console.log(lineOf(setting, rule, result))
}
console.log(wrong === 0 ? 'as it should be' : `${wrong} of these are not as they should be`)
process.exitCode = wrong === 0 ? 0 : 1
