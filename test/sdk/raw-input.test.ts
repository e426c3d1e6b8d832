import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import type { InputOf, OutputOf } from '../../shared/sdk/index.ts'

test('a submitter gives what the schema takes, the handler gets what it makes of it', () => {
  const resize = defineTask({
    name: 'resize',
    input: z.object({ width: z.number().default(100), at: z.string().transform(text => new Date(text)) }),
    async run(input) {
      expectTypeOf(input).toEqualTypeOf<{ width: number; at: Date }>()
      return { width: input.width }
    },
  })
  expectTypeOf<InputOf<typeof resize>>().toEqualTypeOf<{ width?: number | undefined; at: string }>()
  expectTypeOf<OutputOf<typeof resize>>().toEqualTypeOf<{ width: number }>()
})
