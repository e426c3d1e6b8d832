import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorFingerprint, taskError } from '../../shared/core/task-error.ts'

const stackOf = (...frames: string[]) => ['Error: no', ...frames.map(frame => `    at ${frame}`)].join('\n')
const print = (message: string, stack?: string) => errorFingerprint('Error', message, stack)

describe('errors share a fingerprint when they differ only in', () => {
  test.each([
    ['numbers', 'row 3 of 17 is bad', 'row 9412 of 80 is bad'],
    ['decimals', 'took 1.5 s', 'took 12.25 s'],
    ['numbers inside words', 'timed out after 300ms', 'timed out after 15ms'],
    ['numbers that grow long', 'user 42 is unknown', 'user 123456789 is unknown'],
    ['numbers inside words that grow long', 'timed out after 30000ms', 'timed out after 300000ms'],
    ['numbers after a dash', 'shard-9 is full', 'shard-10 is full'],
    ['ranges of numbers', 'bytes 0-99 are missing', 'bytes 1000-1999 are missing'],
    ['times', 'not before 2031-05-17T10:00:00Z', 'not before 2030-12-01T09:41:23Z'],
    ['versions', 'needs 1.2.3', 'needs 10.20.30'],
    ['numbers of another sign', 'offset -5 is out of range', 'offset 12 is out of range'],
    ['UUIDs', 'no order 3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'no order 9b2d7c1e-8a44-4f0e-b1b6-2c9e5f7a1d20'],
    ['ids of ours', 'no task_01JZX3YQ7C2M8A', 'no task_01K0A9B8C7D6E5'],
    ['hashes', 'bad digest deadbeef01', 'bad digest 0badc0ffee'],
    ['paths', "cannot open '/var/data/a.csv'", "cannot open '/tmp/x-1/deeper/b_c.json'"],
    ['paths of Windows', 'cannot open C:\\data\\a.csv', 'cannot open D:\\x\\b.json'],
    ['URLs', 'GET https://a.example.com/v1/users gave 404', 'GET https://b.example.com/v2/orders/7 gave 500'],
    ['several addresses', 'from ann@example.com to bob@example.com', 'from a.b+c@mail.example.org to d@x-y.net'],
    ['several paths', 'cannot move /a/b to /c', 'cannot move /var/data/x.csv to /tmp/'],
    ['several ids', 'edge task_01JZX3YQ7C2M8A task_01K0A9B8C7D6E5', 'edge task_01ABCDEF234567 task_01XYZ89ABCDEFG'],
    ['folders with one letter', 'cannot open /a', 'cannot open /a/b/c'],
    ['hashes in capitals', 'bad digest DEADBEEF01', 'bad digest 0BADC0FFEE'],
    ['UUIDs in capitals', 'no 3F2504E0-4F89-41D3-9A0C-0305E82C3301', 'no 9b2d7c1e-8a44-4f0e-b1b6-2c9e5f7a1d20'],
    ['ids of eight characters', 'no a1b2c3d4', 'no 9f8e7d6c'],
    ['decimals inside words', 'needs v1.25', 'needs v10.5'],
    ['paths with odd characters', 'cannot open /c++/a%20b.txt', 'cannot open /x@y/z-1'],
    ['paths with a scheme', 'cannot open file:/var/a', 'cannot open /b'],
    ['decimals of another sign', 'off by -1.25', 'off by 30.5'],
    ['addresses', 'no mailbox ann@example.com', 'no mailbox bob.b+x@mail.example.org'],
  ])('%s', (_name, one, other) => {
    expect(print(one)).toBe(print(other))
  })

  test('any two natural numbers', () => {
    const natural = fc.maxSafeNat()
    fc.assert(
      fc.property(natural, natural, natural, natural, (a, b, c, d) => {
        expect(print(`row ${a} (of ${b}) is bad`)).toBe(print(`row ${c} (of ${d}) is bad`))
      }),
    )
  })

  test('any two UUIDs', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        expect(print(`no order ${one}`)).toBe(print(`no order ${other}`))
      }),
    )
  })

  test('a number at the start of a long message, which shifts where it is cut', () => {
    const words = 'the quick brown fox jumps over the lazy dog; '.repeat(40)
    expect(print(`row 9: ${words}`)).toBe(print(`row 10: ${words}`))
  })

  test('what comes thousands of characters later', () => {
    const words = 'the quick brown fox jumps over the lazy dog; '.repeat(400)
    expect(print(`${words}one`)).toBe(print(`${words}other`))
    expect(print(`${'x'.repeat(1_500)}one`)).toBe(print(`${'x'.repeat(1_500)}other`))
  })

  test('the line of the same function, and the folder that it was deployed to', () => {
    const one = stackOf('sendMail (file:///var/task/tasks/mail.ts:10:5)')
    const other = stackOf('sendMail (file:///home/ann/app/tasks/mail.ts:412:33)')
    expect(print('no', one)).toBe(print('no', other))
  })

  test('numbers, when the message itself has an "at" on its line of the stack', () => {
    const stack = (row: number) => `Error: look at row ${row}\n    at sendMail (/app/tasks/mail.ts:1:1)`
    expect(print('look at row 3', stack(3))).toBe(print('look at row 4', stack(4)))
  })

  test('the frames below the top one of their own, and those of packages and of Node above it', () => {
    const one = stackOf('sendMail (/app/tasks/mail.ts:1:1)', 'run (/app/tasks/a.ts:2:2)')
    const other = stackOf(
      'check (/app/node_modules/zod/lib/index.js:3:3)',
      'readFile (node:fs:4:4)',
      'sendMail (/app/tasks/mail.ts:1:1)',
      'retry (/app/tasks/b.ts:5:5)',
    )
    expect(print('no', one)).toBe(print('no', other))
  })
})

describe('errors have different fingerprints when they differ in', () => {
  test('their name', () => {
    expect(errorFingerprint('TypeError', 'no')).not.toBe(errorFingerprint('RangeError', 'no'))
  })

  test.each([
    ['the mailbox is full', 'the mailbox is gone'],
    ['', 'no'],
    ['row 3 is bad', 'line 3 is bad'],
    ['no such unit 5cm2', 'no such unit 5km2'],
    ['cats are full', 'bats are full'],
    ['', ' '],
    ['no such method 3', 'no such method /a'],
    ['no such thing 3', 'no such thing task_01JZX3YQ7C2M8A'],
    ['no such thing /a', 'no such thing ann@example.com'],
    ['cannot open /a/b', 'cannot close /a/b'],
  ])('their words: "%s", "%s"', (one, other) => {
    expect(print(one)).not.toBe(print(other))
  })

  test('the function that threw', () => {
    const one = stackOf('sendMail (/app/tasks/mail.ts:1:1)')
    const other = stackOf('readMail (/app/tasks/mail.ts:1:1)')
    expect(print('no', one)).not.toBe(print('no', other))
    expect(print('no', one)).not.toBe(print('no'))
  })

  test('their frames: one that has none is another one than one that is anonymous', () => {
    expect(print('no', stackOf('file:///app/tasks/mail.ts:1:1'))).not.toBe(print('no'))
    expect(print('no', 'Error: no')).toBe(print('no'))
    expect(print('no', stackOf('check (/app/node_modules/zod/index.js:3:3)'))).toBe(print('no'))
  })

  test('the file of a frame without a function', () => {
    const one = stackOf('file:///app/tasks/mail.ts:1:1')
    expect(print('no', one)).toBe(print('no', stackOf('file:///srv/tasks/mail.ts:20:31')))
    expect(print('no', one)).toBe(print('no', stackOf('C:\\srv\\mail.ts:20:31')))
    expect(print('no', one)).not.toBe(print('no', stackOf('file:///app/tasks/fax.ts:1:1')))
  })

  test('the file, where the function has no name of its own: every handler is called run', () => {
    const one = stackOf('Object.run (file:///app/tasks/send-email.ts:10:5)')
    const other = stackOf('Object.run (file:///app/tasks/make-invoice.ts:10:5)')
    expect(print('not found', one)).not.toBe(print('not found', other))
  })

  test('words that are neither numbers nor ids, whatever they are', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/)
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(print(`cannot ${one} it`) === print(`cannot ${other} it`)).toBe(one === other)
      }),
    )
  })
})

test('is the one that taskError gives', () => {
  const thrown = Object.assign(new Error('row 3 is bad'), { stack: stackOf('sendMail (/app/tasks/mail.ts:1:1)') })
  expect(taskError(thrown).fingerprint).toBe(errorFingerprint('Error', 'row 3 is bad', thrown.stack))
})

test('SEC-31 takes no time worth counting, whatever the message', () => {
  for (const unit of ['a-', 'a', '/', '/a', 'a.', '1', 'a@', '\\'])
    expect(print(unit.repeat(1_000_000), `Error\n    at ${unit.repeat(100_000)}`)).toMatch(/^[0-9a-f]{16}$/)
})
