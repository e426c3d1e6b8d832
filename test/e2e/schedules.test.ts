import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, finished, pulse, ROOT, type Server, start, startServer, temporaryFolder } from '../helpers/server.ts'

const TASKS = join(ROOT, 'tasks')
const NEXT_YEAR = new Date().getUTCFullYear() + 1
let server: Server
beforeAll(async () => {
  server = await startServer({ data: temporaryFolder(), tasks: TASKS })
})
afterAll(cleanUp)

const ID = /\bsch_[0-9A-Z]{26}\b/
const UNKNOWN = `sch_${'0'.repeat(26)}`

/** `pulse schedules …` against the server of this file. */
async function schedules(...args: readonly string[]) {
  const { code, stdout, stderr } = await finished(pulse(['schedules', ...args], { env: { PULSE_URL: server.url } }))
  return { code, stdout, stderr }
}

async function json(...args: readonly string[]) {
  const { code, stdout, stderr } = await schedules(...args, '-o', 'json')
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

const create = (name: string, ...args: readonly string[]) => json('create', name, '--task', 'echo', ...args)

describe('S2-69 pulse schedules', () => {
  test('S2-69 create, get, list and delete: data on standard output, the rest beside it', async () => {
    const made = await schedules('create', 'nightly report', '--task', 'echo', '--cron', '0 3 * * *', '--paused')
    expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/^sch_\w+: created\n$/) })
    expect(made.stdout).toMatch(/^ID +NAME +STATE +WHEN +TASK +NEXT +LAST\nsch_\w+ +nightly report +PAUSED +At 03:00/)
    const id = ID.exec(made.stdout)?.[0] ?? ''
    const got = await schedules('get', id)
    expect(got).toMatchObject({ code: 0, stderr: '' })
    for (const line of [`id: +${id}`, 'name: +nightly report', 'cron: +0 3 \\* \\* \\*', 'timeZone: +UTC', 'next: +20'])
      expect(got.stdout).toMatch(new RegExp(`^${line}`, 'm'))
    expect(await json('get', id)).toMatchObject({ id, state: 'PAUSED', next: expect.any(Array) })
    expect((await schedules('list')).stdout).toContain(id)
    expect(await json('list')).toContainEqual(expect.objectContaining({ id, name: 'nightly report' }))
    expect(await schedules('delete', id)).toMatchObject({ code: 0, stderr: expect.stringContaining('is removed') })
    expect((await schedules('list')).stdout).not.toContain(id)
  })

  test('S2-69 create takes each option', async () => {
    const options = ['--time-zone', 'Europe/Berlin', '--overlap', 'skip', '--catch-up', '7', '--jitter', '30s']
    const more = ['--payload', '{"a": [1]}', '--priority', '2', '--description', 'words']
    const bounds = ['--start-at', `${NEXT_YEAR}-01-01T00:00:00Z`, '--end-at', `${NEXT_YEAR}-07-01T00:00:00Z`]
    expect(await create('all', '--cron', '0 3 * * *', ...options, ...more, ...bounds)).toMatchObject({
      name: 'all',
      task: { name: 'echo', payload: { a: [1] }, priority: 2 },
      timeZone: 'Europe/Berlin',
      overlap: 'skip',
      catchUp: 7,
      jitter: 'PT30S',
      description: 'words',
      startAt: `${NEXT_YEAR}-01-01T00:00:00.000Z`,
      endAt: `${NEXT_YEAR}-07-01T00:00:00.000Z`,
      nextAt: `${NEXT_YEAR}-01-01T02:00:00.000Z`,
    })
    expect(await create('e', '--every', '90s', '--catch-up', 'skip')).toMatchObject({ every: 'PT90S', catchUp: 'skip' })
    expect(await create('a', '--after', '1h')).toMatchObject({ after: 'PT3600S' })
    const ms = ['--every', '60000', '--jitter', '1500', '--tag', 'team=a=b', '--tag', 'of=reports']
    expect(await create('ms', ...ms)).toMatchObject({
      every: 'PT60S',
      jitter: 'PT1.5S',
      tags: { team: 'a=b', of: 'reports' },
      task: { name: 'echo' },
    })
    expect(await create('after ms', '--after', '60000', '--catch-up', 'one')).toMatchObject({ after: 'PT60S' })
    expect(await create('t', '--at', `${NEXT_YEAR}-01-01T00:00:00Z`)).toMatchObject({ kind: 'at' })
  })

  test('S2-69 edit changes what is named, of the task as well, and removes', async () => {
    const { id } = await create('old', '--every', '1h', '--payload', '1', '--jitter', '5s', '--description', 'x')
    const edited = await json('edit', id, '--name', 'new', '--every', '2h', '--priority', '4', '--remove', 'jitter')
    expect(edited).toMatchObject({
      name: 'new',
      every: 'PT7200S',
      task: { name: 'echo', payload: 1, priority: 4 },
      description: 'x',
      generation: 2,
    })
    expect(edited).not.toHaveProperty('jitter')
    expect(await json('edit', id, '--payload', '{"b": 2}')).toMatchObject({ task: { payload: { b: 2 }, priority: 4 } })
    const tagged = await json('edit', id, '--tag', 'of=reports')
    expect(tagged).toMatchObject({ tags: { of: 'reports' } })
    expect(tagged.task).not.toHaveProperty('tags')
    expect(await json('edit', id, '--remove', 'tags')).not.toHaveProperty('tags')
  })

  test('S2-69 pause, resume and trigger', async () => {
    const { id } = await create('tick', '--every', '1h')
    expect(await json('pause', id, '-m', 'no ink')).toMatchObject({ state: 'PAUSED', pauseReason: 'no ink' })
    const triggered = await schedules('trigger', id)
    expect(triggered).toMatchObject({ code: 0, stdout: expect.stringMatching(/^task_\w{26}\n$/) })
    expect(await json('resume', id)).toMatchObject({ state: 'ACTIVE' })
    const [line, ...others] = await json('occurrences', id)
    expect([line, others]).toMatchObject([{ outcome: 'triggered', taskId: triggered.stdout.trim() }, []])
    expect((await schedules('occurrences', id)).stdout).toMatch(
      /^SCHEDULED FOR +OUTCOME[^\n]*\n20\S+ +triggered +task_/,
    )
  })

  test('S2-69 what is to come, and what is past made up for', async () => {
    const { id, next } = await create('daily', '--cron', '0 3 * * *')
    expect((await schedules('next', id)).stdout).toBe(`${next.join('\n')}\n`)
    expect(await json('next', id, '2')).toEqual(next.slice(0, 2))
    expect(await json('occurrences', id, '--future', '--limit', '3')).toEqual(
      next.slice(0, 3).map((scheduledFor: string) => ({ scheduledFor })),
    )
    const range = ['--from', '2025-03-01T00:00:00Z', '--to', '2025-03-02T12:00:00Z']
    const shown = await schedules('backfill', id, ...range, '--dry-run')
    expect(shown).toMatchObject({ code: 0, stderr: '2 tasks would be made\n' })
    expect(shown.stdout).toMatch(/2025-03-02T03:00:00.000Z +made +task_/)
    expect(await json('occurrences', id)).toEqual([])
    expect((await schedules('backfill', id, ...range)).stderr).toBe('2 tasks made\n')
    expect((await json('backfill', id, ...range)).items).toMatchObject([{ outcome: 'present' }, { outcome: 'present' }])
    expect(await json('occurrences', id, '--limit', '1')).toHaveLength(1)
  })

  test.each([
    [['get', UNKNOWN], 3, 'there is no schedule with this id'],
    [['create', 'x', '--task', 'echo', '--cron', '61 * * * *'], 2, 'cron: '],
    [['create', 'x', '--task', 'echo'], 2, 'nothing says when'],
    [['create', 'x', '--task', 'eco', '--every', '1m'], 2, 'did you mean "echo"?'],
    [['create', 'x', '--task', 'echo', '--every', '1m', '--overlap', 'queue'], 2, '/overlap'],
    [['create', 'x', '--every', '1m'], 2, 'say which task it makes'],
    [['create', '--task', 'echo', '--every', '1m'], 2, 'write: pulse schedules create NAME'],
    [['create', 'x', '--task', 'echo', '--payload', '{a: 1}', '--every', '1m'], 2, '--payload is no JSON'],
    [['create', 'x', '--task', 'echo', '--evry', '1m'], 2, '"create" has no option --evry; did you mean --every?'],
    [['create', 'x', '--task'], 2, 'argument missing'],
    [['list', '--cron', 'x'], 2, '"list" has no option --cron'],
    [['lst'], 2, 'schedules has no command "lst"; did you mean "list"?'],
    [['constructor'], 2, 'schedules has no command "constructor"'],
    [['get'], 2, 'write: pulse schedules get ID'],
    [['get', 'a', 'b'], 2, 'write: pulse schedules get ID'],
    [['list', '-o', 'yaml'], 2, 'there is no output "yaml"'],
    [['next', UNKNOWN, 'many'], 2, 'N is a number'],
    [['edit', UNKNOWN, '--remove', 'cron'], 2, '"cron" cannot be removed'],
    [['edit', UNKNOWN, '--jitter', '1m', '--remove', 'jitter'], 2, '"jitter" is both given and removed'],
    [['edit', UNKNOWN, '--tag', 'a=b', '--remove', 'tags'], 2, '"tags" is both given and removed'],
    [['edit', UNKNOWN, '--end-at', '2027-01-01T00:00:00Z', '--remove', 'end-at'], 2, '"end-at" is both'],
    [['edit', UNKNOWN, '--tag', 'a'], 2, '--tag is KEY=VALUE, not "a"'],
    [['edit', UNKNOWN, '--tag', '=a'], 2, '--tag is KEY=VALUE, not "=a"'],
    [['edit', UNKNOWN, '--tag', 'a=1', '--tag', 'a=2'], 2, '--tag a is given twice'],
    [['edit', UNKNOWN, '--catch-up', 'all'], 2, 'catchUp: is "skip", "one" or a whole number from 1 to 100'],
    [['edit', UNKNOWN, '--catch-up', '0'], 2, 'catchUp: is "skip", "one" or a whole number'],
    [['edit', UNKNOWN, '--catch-up', '101'], 2, 'catchUp: is "skip", "one" or a whole number'],
    [['edit', UNKNOWN, '--catch-up', ''], 2, 'catchUp: is "skip", "one" or a whole number'],
    [['create', 'x', '--task', 'echo', '--every', '999'], 2, 'every: must be whole seconds'],
    [['backfill', UNKNOWN, '--from', '2025-03-01T00:00:00Z'], 2, '--from TIME --to TIME'],
    [['create', '', '--task', 'echo', '--every', '1m'], 2, 'write: pulse schedules create NAME'],
    ...['get', 'edit', 'pause', 'resume', 'trigger', 'occurrences', 'next', 'backfill', 'delete'].map(
      (verb): [string[], number, string] => [[verb, ''], 2, `write: pulse schedules ${verb} ID`],
    ),
    [['get', '.'], 2, '"." is no id of a schedule'],
    [['next', '..'], 2, '".." is no id of a schedule'],
  ])('S2-69 %j is refused on standard error', async (args, code, line) => {
    const refused = await schedules(...args)
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^pulse: /) })
    expect(refused.stderr).toContain(line)
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(refused.stderr).not.toMatch(/^ {4}at /m)
  })

  test('S2-69 help says how each command is called', async () => {
    const { code, stdout } = await schedules()
    expect({ code, help: (await schedules('help')).stdout }).toEqual({ code: 0, help: stdout })
    for (const verb of ['list', 'get', 'create', 'edit', 'pause', 'resume', 'trigger', 'occurrences', 'next', 'delete'])
      expect(stdout).toContain(`pulse schedules ${verb}`)
    expect((await schedules('pause', '--help')).stdout).toBe('pulse schedules pause ID [-m REASON]\n')
  })

  test('S2-69 a key is sent, a wrong one is exit code 4, and no server is exit code 1', async () => {
    const locked = await startServer({ data: temporaryFolder(), env: { PULSE_AUTH: 'required' } })
    const ask = async (env: Record<string, string>) => finished(pulse(['schedules', 'list'], { env }))
    expect(await ask({ PULSE_URL: locked.url })).toMatchObject({ code: 4, stdout: '' })
    expect(await ask({ PULSE_URL: locked.url, PULSE_API_KEY: 'pk_live_none' })).toMatchObject({ code: 4, stdout: '' })
    await locked.stop()
    const lost = await ask({ PORT: String(locked.port) })
    expect(lost).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('is the server running') })
    expect(lost.stderr).toContain(`http://127.0.0.1:${locked.port}`)
    expect(await ask({ PULSE_URL: 'ftp://x' })).toMatchObject({ code: 2, stderr: expect.stringContaining('PULSE_URL') })
    expect(await ask({ PORT: 'x' })).toMatchObject({ code: 2, stderr: expect.stringContaining('PORT=x') })
  })

  test.each(['\r\nfoo', '…', ' x', '\u00e4'])(
    'S2-69 a key that cannot be sent is not shown: it ends with %j',
    async end => {
      const key = `pulse_sk_SECRET${end}`
      for (const args of [['list'], ['get', UNKNOWN], ['create', 'x', '--task', 'echo', '--every', '1h']]) {
        const env = { PULSE_URL: server.url, PULSE_API_KEY: key }
        const refused = await finished(pulse(['schedules', ...args], { env }))
        expect(refused).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/^pulse: PULSE_API_KEY .*\n$/),
        })
        expect(refused.stderr).not.toContain('SECRET')
      }
    },
  )

  test('S2-69 a reader that stops before the end is no error', async () => {
    const piped = start(
      'bash',
      ['-c', `"$0" bin/pulse.ts schedules list | true; exit "\${PIPESTATUS[0]}"`, process.execPath],
      {
        env: { PULSE_URL: server.url },
      },
    )
    expect(await finished(piped)).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })
})
