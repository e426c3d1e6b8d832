import { writeFileSync } from 'node:fs'
import { paginateScan } from '@aws-sdk/client-dynamodb'
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { between } from '../../scripts/docs/tour.ts'
import { bootstrap } from '../../scripts/stack/cdk.ts'
import { type MiniStack, startMiniStack } from '../../scripts/stack/ministack.ts'
import { functionNames } from '../../shared/aws/names.ts'
import { createRecordStore } from '../../shared/aws/record-store.ts'
import { type ApiKey, apiKeyKey, apiKeyOf } from '../../shared/identity/key-row.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { cleanUp, finished, pulse, start } from '../helpers/server.ts'
import { read } from '../repo/files.ts'
import type { Api } from './api.ts'
import { awsCall } from './aws-call.ts'
import { Account, join, type Login, logIn, type Tokens, type Told } from './drive/account.ts'
import { denied } from './drive/denied.ts'
import { timersOf } from './drive/schedules.ts'
import { grantWhatEmulatorAsks } from './emulated-iam.ts'
import { eventually } from './eventually.ts'
import { type Inventory, inventory } from './inventory.ts'
import { Stage } from './stage.ts'

const DEPLOY_LIMIT_MS = 240_000
/** What was revoked is refused within this time, at the latest. */
const REVOKED_MS = 60_000

const ada: Login = { email: 'ada@example.com', password: 'looms weave algebraic patterns' }
const grace: Login = { email: 'grace@example.com', password: 'a moth was in the relay that day' }
const joan: Login = { email: 'joan@example.com', password: 'enigma needs a crib and patience' }

let emulator: MiniStack
let stage: Stage
let api: Api
let before: Inventory
let nobody: Account
let admin: Account
let adminTokens: Tokens

/** Each function acts as its role: what is not granted fails here as it would on AWS. */
beforeAll(async () => {
  emulator = await startMiniStack({ auth: true, ssl: true })
  stage = new Stage(emulator, 'dev', { tasks: 'test/stack/tasks/index.ts' })
  await bootstrap({ env: emulator.env })
  before = await inventory(stage)
  await stage.deploy()
  await grantWhatEmulatorAsks(stage)
  api = stage.api()
  nobody = new Account(api)
}, DEPLOY_LIMIT_MS)

afterAll(async () => {
  stage?.cleanUp()
  await cleanUp()
  // To look at what the functions have said.
  if (process.env.PULSE_STACK_LOG) writeFileSync(process.env.PULSE_STACK_LOG, await printedText().catch(String))
  await emulator?.stop()
}, DEPLOY_LIMIT_MS)

/** As a person types it, with the rights of the owner of the account. */
async function grant(email: string, ...flags: readonly string[]) {
  const command = pulse(['admin', 'grant', email, ...flags], { env: emulator.env })
  const { code, stdout, stderr } = await finished(command)
  return { code, invitation: stdout.trim(), said: stderr }
}

// One story: each step stands on the one before.
describe('HTTP API with accounts, IAM enforced', () => {
  test('before there is anybody, nobody is let in, and nobody can register', async () => {
    const answer = await nobody.ask('POST', '/tasks', { name: 'echo' })
    expect(answer, answer.text).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.any(String) } })
    expect(await nobody.ask('POST', '/auth/register', ada)).toMatchObject({ status: 403 })
    expect(await nobody.ask('POST', '/auth/login', ada)).toMatchObject({ status: 401 })
  })

  test('who has rights in the AWS account makes the first admin, by the command line', async () => {
    const { code, invitation, said } = await grant(ada.email)
    expect(code, said).toBe(0)
    expect(invitation).toMatch(/^[\w-]{43}$/)
    expect(await nobody.ask('POST', '/auth/register', { ...joan, invitation })).toMatchObject({ status: 403 })
    const answer = await nobody.ask('POST', '/auth/register', { ...ada, invitation })
    expect(answer, answer.text).toMatchObject({ status: 201 })
    adminTokens = await logIn(api, ada)
    admin = new Account(api, adminTokens.access_token)
    expect(await admin.get('GET', '/auth/me')).toMatchObject({ email: ada.email, role: 'admin' })
  })

  test('the commands of the README lead from nothing to a task that ran', async () => {
    const [, commands = ''] = /```\n([\s\S]*?)```/.exec(between(read('README.md'), 'first-account')) ?? []
    // The emulator's certificate is signed by nobody.
    const script = `shopt -s expand_aliases\nalias curl='curl --insecure'\n${commands}`
    const env = { ...emulator.env, ApiUrl: String(stage.url).replace(/\/$/, '') }
    const { code, stdout, stderr } = await finished(start('bash', ['-euc', script], { env }))
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('{"email":"you@example.com"}')
    expect(JSON.parse(/\{"id".*/.exec(stdout)?.[0] ?? stdout)).toMatchObject({
      state: 'COMPLETED',
      result: { hello: 'AWS' },
    })
  })

  test('an HTTP request cannot grant what a call of the function can', async () => {
    const event = { grant: { email: joan.email, role: 'admin' } }
    for (const path of ['/auth/login', '/auth/register', '/auth', '/users'])
      expect((await nobody.ask('POST', path, event)).status).toBeGreaterThanOrEqual(400)
    const { items } = await admin.get('GET', '/audit?action=user.invite')
    const done = items.filter(({ outcome }: { outcome: string }) => outcome === 'done')
    // The later one is that of the README.
    expect(done.slice(1)).toMatchObject([{ by: 'aws', after: { role: 'admin', email: ada.email } }])
    const { FunctionError } = await stage.clients.lambda.send(
      new InvokeCommand({
        FunctionName: stage.functionName('auth'),
        Payload: JSON.stringify({ grant: { role: 'admin' } }),
      }),
    )
    expect(FunctionError).toBeDefined()
  })

  test('an account that exists is given its role at once, and stages that do not exist are told of', async () => {
    const again = await grant(ada.email, '--role', 'admin', '--stage', 'dev')
    expect(again).toMatchObject({ code: 0, invitation: '', said: expect.stringContaining('has the role admin now') })
    const missing = await grant(ada.email, '--stage', 'nowhere')
    expect(missing).toMatchObject({ code: 1, said: expect.stringMatching(/^.*pulse-nowhere-auth cannot be asked/m) })
  })

  test('a login may be a form, as clients of OAuth 2 send it', async () => {
    const body = new URLSearchParams({ grant_type: 'password', username: ada.email, password: ada.password })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await api.send('POST', '/api/v1/auth/login', { body: body.toString(), headers })
    expect(answer, answer.text).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store', 'set-cookie': [expect.stringContaining('__Host-')] },
      body: { token_type: 'Bearer', expires_in: 1_800 },
    })
  })

  test('SEC-17 a task is its owner’s: another user is told that there is none, and an operator works on it', async () => {
    const own = new Account(api, (await join(api, admin, grace)).access_token)
    const other = new Account(api, (await join(api, admin, joan)).access_token)
    const { id } = await own.get('POST', '/tasks', { name: 'echo', payload: 'of grace', delay: '10m' })
    expect(await own.get('GET', `/tasks/${id}`)).toMatchObject({ id, payload: 'of grace' })
    const unknown = `task_${'0'.repeat(26)}`
    const [theirs, none] = [await other.ask('GET', `/tasks/${id}`), await other.ask('GET', `/tasks/${unknown}`)]
    expect([theirs.status, none.status]).toEqual([404, 404])
    expect(detailOf(theirs)).toBe(detailOf(none))
    expect(await admin.get('GET', `/tasks/${id}`)).toMatchObject({ id })
    expect(await own.ask('POST', '/dispatch/pause', { name: 'echo', reason: 'no business of mine' })).toMatchObject({
      status: 403,
    })
  })

  test('a worker runs what was submitted with a token and with an API key; answers tell what is left', async () => {
    const own = new Account(api, (await logIn(api, grace)).access_token)
    const { key } = await own.get('POST', '/api-keys', { name: 'ci' })
    const task = { name: 'echo', payload: { by: 'key' } }
    const submitted = await new Account(api, key).ask('POST', '/tasks', task)
    expect(submitted, submitted.text).toMatchObject({
      status: 202,
      headers: { 'ratelimit-policy': '"user";q=500;w=3600', ratelimit: expect.stringMatching(/^"user";r=\d+;t=\d+$/) },
    })
    const done = await eventually(
      () => own.get('GET', `/tasks/${submitted.body.id}`),
      ({ state }) => state === 'COMPLETED',
    )
    expect(done.result).toEqual({ by: 'key' })
    expect(await new Account(api, key).ask('GET', '/stats')).toMatchObject({ status: 403 })
    const { items } = await own.get('GET', '/api-keys')
    expect(items).toMatchObject([{ name: 'ci', state: 'active', lastUsedAt: expect.any(String) }])
  })

  test('an operator may pause, as soon as an admin has made one', async () => {
    const tokens = await logIn(api, grace)
    const own = new Account(api, tokens.access_token)
    const { id } = await own.get('GET', '/auth/me')
    await admin.get('PATCH', `/users/${id}`, { role: 'operator' })
    const pause = { name: 'flaky', reason: 'the stack test' }
    const paused = await eventually(
      () => own.ask('POST', '/dispatch/pause', pause),
      ({ status }) => status < 300,
      REVOKED_MS,
    )
    expect(paused.status, paused.text).toBeLessThan(300)
    await own.get('POST', '/dispatch/resume', { name: 'flaky' })
  })

  test('SEC-8 unknown and forged credentials are refused, all in the same words', async () => {
    const [head = '', body = '', signature = ''] = adminTokens.access_token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    const forged = [
      'x',
      `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      `${head}.${Buffer.from('{"sub":"user_1"}').toString('base64url')}.${signature}`,
      `${none}.${body}.`,
      `pk_live_${'0'.repeat(36)}_${'0'.repeat(43)}_000000`,
      adminTokens.refresh_token,
    ]
    const answers = await Promise.all(forged.map(credential => new Account(api, credential).ask('GET', '/tasks')))
    expect(answers.map(({ status }) => status)).toEqual(forged.map(() => 401))
    expect(new Set(answers.map(detailOf)).size).toBe(1)
  })

  test('SEC-10 SEC-14 what was logged out, revoked or replaced is refused within a minute', async () => {
    const tokens = await logIn(api, joan)
    const session = new Account(api, tokens.access_token)
    const { key, id } = await session.get('POST', '/api-keys', { name: 'lost' })
    const thief = new Account(api, key)
    const next: Tokens = await nobody.get('POST', '/auth/refresh', { refreshToken: tokens.refresh_token })
    const refreshed = new Account(api, next.access_token)
    // Both functions remember for a while whom they have let in.
    for (const caller of [session, thief, refreshed]) await caller.get('GET', '/tasks')
    await refreshed.get('DELETE', `/api-keys/${id}`)
    await refreshed.get('POST', '/auth/logout')
    const refused = await Promise.all(
      [session, thief, refreshed].map(caller =>
        eventually(
          () => caller.ask('GET', '/tasks'),
          ({ status }) => status === 401,
          REVOKED_MS,
        ),
      ),
    )
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(await nobody.ask('POST', '/auth/refresh', { refreshToken: next.refresh_token })).toMatchObject({
      status: 401,
    })
  })

  test('S4-09 S4-10 keys that have ended by themselves are ended by the janitor, whom a rule calls as the command line does', async () => {
    const own = new Account(api, (await logIn(api, grace)).access_token)
    const [brief, idle] = [
      await own.get('POST', '/api-keys', { name: 'brief' }),
      await own.get('POST', '/api-keys', { name: 'idle' }),
    ]
    await aged(brief, { expiresAt: 2 })
    await aged(idle, { createdAt: 1 })
    const janitor = async (...words: readonly string[]) => {
      const command = pulse(['admin', 'janitor', ...words, '--json'], { env: emulator.env })
      const { code, stdout, stderr } = await finished(command)
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout)
    }
    expect(await janitor()).toBeNull()
    const pass = await janitor('run')
    expect(pass).toMatchObject({ done: true, expired: 1, unused: 1 })
    expect(await janitor()).toEqual(pass)
    expect(await admin.get('GET', '/janitor')).toEqual(pass)
    expect(await own.ask('POST', '/janitor')).toMatchObject({ status: 403 })
    expect(await admin.get('POST', '/janitor')).toMatchObject({ done: true, users: pass.users, expired: 0, unused: 0 })
    const { items } = await own.get('GET', '/api-keys')
    const states = [brief, idle].map(({ id }) => items.find((key: { id: string }) => key.id === id))
    expect(states).toMatchObject([{ state: 'expired' }, { state: 'unused', revokedAt: expect.any(String) }])
    const { items: told } = await admin.get('GET', '/audit?by=janitor')
    expect(told.map(({ action, reason, target }: Told['body']) => [action, reason, target]).sort()).toEqual([
      ['key.revoke', 'expired', brief.id],
      ['key.revoke', 'unused', idle.id],
    ])
  })

  test('SEC-9 SEC-43 a refresh token that comes again, late, ends the session and is counted for the alarm', async () => {
    const first = await logIn(api, joan)
    const second: Tokens = await nobody.get('POST', '/auth/refresh', { refreshToken: first.refresh_token })
    // An answer that was lost is given again within ten seconds.
    await new Promise(resolve => setTimeout(resolve, 11_000))
    expect(await nobody.ask('POST', '/auth/refresh', { refreshToken: first.refresh_token })).toMatchObject({
      status: 401,
    })
    expect(await nobody.ask('POST', '/auth/refresh', { refreshToken: second.refresh_token })).toMatchObject({
      status: 401,
    })
    await eventually(printedText, text => /"SessionsReused":1/.test(text.replaceAll('\\', '')), 10_000)
  })

  test('SEC-11 signing keys rotate without anybody being logged out', async () => {
    const own = new Account(api, (await logIn(api, grace)).access_token)
    const secretBefore = await secretText()
    const { kid } = await admin.get('POST', '/auth/signing-keys/rotate')
    expect(await secretText()).not.toBe(secretBefore)
    expect(await secretText('AWSPREVIOUS')).toBe(secretBefore)
    const { access_token } = await logIn(api, joan)
    expect(headOf(access_token)).toMatchObject({ kid })
    for (const caller of [own, admin, new Account(api, access_token)]) await caller.get('GET', '/tasks')
  })

  test('SEC-22 a user who is removed is let in no more, and the tasks and schedules go', async () => {
    const session = new Account(api, (await logIn(api, joan)).access_token)
    const { id } = await session.get('GET', '/auth/me')
    await session.get('POST', '/tasks', { name: 'echo', delay: '1h' })
    const schedule = await session.get('POST', '/schedules', { name: 'x', task: { name: 'echo' }, cron: '0 3 * * *' })
    // Whoever is remembered elsewhere may submit for a while, so the user itself goes later: in another call.
    expect(await admin.get('DELETE', `/owners/${id}`)).toEqual({ done: false, removed: expect.any(Number) })
    expect(await nobody.ask('POST', '/auth/login', joan)).toMatchObject({ status: 401 })
    expect(await admin.ask('GET', `/schedules/${schedule.id}`)).toMatchObject({ status: 404 })
    expect(await timersOf(stage)).toEqual([])
  })

  test('SEC-47 the audit log tells all of it, for admins', async () => {
    const { items } = await admin.get('GET', '/audit?limit=200')
    const told = new Set(
      items.map(({ action, outcome }: { action: string; outcome: string }) => `${action} ${outcome}`),
    )
    for (const line of [
      'user.invite done',
      'user.edit done',
      'user.register done',
      'user.register denied',
      'session.begin done',
      'session.begin denied',
      'session.end done',
      'key.create done',
      'key.revoke done',
      'dispatch.pause done',
      'dispatch.pause denied',
      'signing-key.rotate done',
      'owner.remove done',
      'janitor.run done',
      'janitor.run denied',
    ])
      expect(told).toContain(line)
    const own = new Account(api, (await logIn(api, grace)).access_token)
    expect(await own.ask('GET', '/audit')).toMatchObject({ status: 403 })
  })

  test('SEC-44 SEC-45 no secret is in what functions are told, in what they print, or in the table', async () => {
    const { key } = await admin.get('POST', '/api-keys', { name: 'canary' })
    await new Account(api, key).get('GET', '/tasks')
    const { access_token, refresh_token } = await logIn(api, ada)
    const told = await Promise.all(
      functionNames.map(async name => {
        const FunctionName = stage.functionName(name)
        return JSON.stringify(await stage.clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName })))
      }),
    )
    const secrets = [
      await secretText(),
      await secretText('AWSPREVIOUS'),
      key,
      access_token,
      refresh_token,
      ada.password,
    ]
    const places = { told: told.join(), printed: await printedText(), stored: await storedText() }
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).toBeGreaterThan(1_000)
      expect(secrets.filter(secret => text.includes(secret)).length, place).toBe(0)
    }
  })

  describe('roles', () => denied(() => ({ stage, api }), ['tasks', 'schedules', 'ops', 'auth', 'worker']))

  test('a destroyed stage takes its secret along', async () => {
    expect((await inventory(stage)).secrets).toHaveLength(1)
    await stage.destroy()
    expect(await inventory(stage)).toEqual(before)
  })
})

/** Makes a key look as it does after a long time. */
async function aged({ id, user }: ApiKey, change: Partial<ApiKey>): Promise<void> {
  const { dynamodb } = stage.clients
  const entropy = createEntropy(() => systemClock.now())
  const tableName = await stage.variable('appTable')
  const records = createRecordStore({ dynamodb, tableName, clock: systemClock, entropy })
  const known = (await records.read(apiKeyKey(user, id))) ?? expect.fail('the key is there')
  const value = { ...apiKeyOf(known, undefined), ...change }
  expect(await records.write([{ key: known.key, expect: known.version, value }])).toBe(true)
}

function detailOf({ body }: Told): unknown {
  return body.detail
}

function headOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

/** Everything that the functions have printed. */
async function printedText(): Promise<string> {
  const groups = functionNames.map(name => `/aws/lambda/${stage.functionName(name)}`)
  const target = 'Logs_20140328.FilterLogEvents'
  const texts = groups.map(logGroupName => awsCall(stage, 'logs', { target, json: { logGroupName } }))
  return (await Promise.all(texts)).join('\n')
}

async function secretText(VersionStage = 'AWSCURRENT'): Promise<string> {
  const SecretId = await stage.variable('secretArn', 'auth')
  const { SecretString = '' } = await stage.clients.secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }))
  expect(SecretString.length).toBeGreaterThanOrEqual(43)
  return SecretString
}

/** All of the app table, where everything about accounts lies. */
async function storedText(): Promise<string> {
  const scan = { TableName: await stage.variable('appTable'), ConsistentRead: true }
  const pages: unknown[] = []
  for await (const { Items = [] } of paginateScan({ client: stage.clients.dynamodb }, scan)) pages.push(...Items)
  return JSON.stringify(pages)
}
