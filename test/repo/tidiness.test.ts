import { expect, test } from 'vitest'
import { filesIn, read } from './files.ts'

const files = filesIn('.')

test('nothing is left to be done later', () => {
  const marks = new RegExp(`\\b(?:${['TO', 'FIX'].map((start, index) => start + ['DO', 'ME'][index]).join('|')})\\b`)
  expect(files.filter(path => marks.test(read(path)))).toEqual([])
})

test('no file of shared/ is longer than 250 lines', () => {
  const long = filesIn('shared').flatMap(path => {
    const lines = read(path).trimEnd().split('\n').length
    return lines > 250 ? [`${path}: ${lines}`] : []
  })
  expect(long).toEqual([])
})

/** Papers and places that a reader of this repository does not have. */
const elsewhere = [
  /\.\.\/shared\/[A-Z]/,
  /\b(?:DESIGN|STYLE|HAZARDS|SKETCH|FEATURES|EMULATOR)\b(?:\.md|:| §)/,
  /["'`( ]\/work\//,
]

test('nothing refers to what is not in the repository', () => {
  const found = files
    .filter(path => path !== 'test/repo/tidiness.test.ts')
    .flatMap(path =>
      elsewhere.flatMap(pattern => (pattern.exec(read(path)) ? [`${path}: ${pattern.exec(read(path))?.[0]}`] : [])),
    )
  expect(found).toEqual([])
})
