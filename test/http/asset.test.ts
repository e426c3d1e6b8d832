import { expect, test } from 'vitest'
import { createAssets, STYLE } from '../../shared/http/asset.ts'
import { refusalOf } from '../helpers/engine.ts'

test('a file is read once; one that could not be read is read again', async () => {
  let reads = 0
  const serve = createAssets({
    'page.css': {
      type: STYLE,
      async read() {
        reads++
        if (reads === 1) throw new Error('EMFILE')
        return 'body {}'
      },
    },
  })
  await expect(serve('page.css')).rejects.toThrow('EMFILE')
  const answers = [await serve('page.css'), await serve('page.css')]
  expect(answers.map(({ body }) => body)).toEqual(['body {}', 'body {}'])
  expect(answers[0]).not.toBe(answers[1])
  expect(reads).toBe(2)
})

test.each(['page.js', '__proto__', 'constructor', '../page.css', ''])('there is no %j', async name => {
  const serve = createAssets({ 'page.css': { type: STYLE, read: async () => 'body {}' } })
  expect(await refusalOf(serve(name))).toMatchObject({ code: 'not_found' })
})
