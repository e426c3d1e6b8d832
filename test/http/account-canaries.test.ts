import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createLogger, message } from '../../shared/telemetry/log-events.ts'
import { canary, everything, nothingButRefusals } from './canaries.ts'
import { auditOf, join, makeKey } from './people.ts'
import { openApi } from './setup.ts'
import { withRecords } from './with-records.ts'

const CANARY = /canary-[\w-]+?-7f3a9c/g

const folder = mkdtempSync(joinPath(tmpdir(), 'pulse-canaries-'))
const lines: string[] = []
let secrets: string[] = []
const refusals: string[] = []
let entries = ''
let rows: { readonly table: string; readonly text: string }[] = []

beforeAll(async () => {
  const closing: (() => Promise<void>)[] = []
  const logger = createLogger('debug', line => lines.push(line))
  let broken = false
  const api = await openApi({
    accounts: true,
    folder,
    running: true,
    rates: { perUser: 100_000, perAddress: 100_000, admins: true },
    emit: logger.event,
    atTheEnd: close => closing.push(close),
    stores: withRecords(records => ({
      async write(writes) {
        if (broken) throw new StoreUnavailable('a full disk')
        return records.write(writes)
      },
    })),
  })
  const admin = await join(api, 'admin')
  const key = await makeKey(api, admin, ['account', 'admin'])
  secrets = await everything(api)
  refusals.push(...(await nothingButRefusals(api, key)))
  broken = true
  refusals.push(...(await nothingButRefusals(api, key)))
  broken = false
  // As the server logs what it could not tell a caller.
  for (const { error, ...request } of api.failures)
    logger.log('error', 'request.failed', { ...request, error: message(error) })
  entries = JSON.stringify(await auditOf(api, admin))
  for (const close of closing) await close()
  rows = dump()
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function dump(): { table: string; text: string }[] {
  const db = new DatabaseSync(joinPath(folder, 'pulse.db'))
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name))
    return tables.flatMap(table =>
      db
        .prepare(`SELECT * FROM "${table}"`)
        .all()
        .map(row => ({ table, text: JSON.stringify(Object.values(row).map(readable)) })),
    )
  } finally {
    db.close()
  }
}

function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  return typeof value === 'bigint' ? String(value) : value
}

const found = (text: string) => [...new Set(text.match(CANARY))].sort()

describe('SEC-45 what callers confide to the account routes stays where it belongs', () => {
  test('SEC-45 no log line holds any of it, also at level debug', () => {
    expect(lines.length).toBeGreaterThan(50)
    expect(found(lines.join('').replaceAll(canary('path'), ''))).toEqual([])
    for (const secret of secrets) expect(lines.join('')).not.toContain(secret)
  })

  test('SEC-45 SEC-47 the audit log holds the address that was invited and the name of the key, and no more', () => {
    expect(found(entries)).toEqual([canary('email'), canary('name')])
    for (const secret of secrets) expect(entries).not.toContain(secret)
    expect(JSON.parse(entries).length).toBeGreaterThan(200)
  })

  test('SEC-45 no row holds a password, a token, a key or anything else that is not due', () => {
    const due = new Map<string, Set<string>>()
    for (const { table, text } of rows)
      for (const each of found(text)) due.set(each, (due.get(each) ?? new Set()).add(table))
    expect(Object.fromEntries([...due].map(([each, tables]) => [each, [...tables]]).sort())).toEqual({
      [canary('email')]: ['record'],
      [canary('name')]: ['record'],
      [canary('payload')]: ['task'],
    })
    expect(rows.length).toBeGreaterThan(200)
  })

  test('SEC-45 neither do the bytes of the files, what was removed included', () => {
    const bytes = readdirSync(folder).map(name => readFileSync(joinPath(folder, name), 'latin1'))
    const all = bytes.join('\n')
    expect(all).toContain(canary('email'))
    expect(secrets.filter(secret => all.includes(secret))).toEqual([])
    expect(secrets.filter(secret => secret.length < 43)).toEqual([])
    for (const place of [
      'password',
      'new-password',
      'wrong',
      'unknown',
      'token',
      'access',
      'device',
      'cookie',
      'value',
    ])
      expect(all, place).not.toContain(canary(place))
  })

  test('SEC-45 no refusal repeats a value; it names the fields', () => {
    expect(refusals.length).toBeGreaterThan(300)
    expect(found(refusals.join('\n'))).toEqual([canary('field'), canary('parameter')])
  })
})
