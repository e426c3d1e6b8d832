import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { consoleModules, consoleStyles } from '../../shared/http/console-files.ts'
import { securityHeaders } from '../../shared/http/security-headers.ts'
import { ROOT } from '../repo/files.ts'
import { restEvent } from './rest-event.ts'
import { openApi } from './setup.ts'

const FOLDER = join(ROOT, 'shared/http/assets/console')
const filesOf = (kind: string) => readdirSync(FOLDER).filter(name => name.endsWith(kind))

describe('S2-76 the pages of the console', () => {
  test.each(['/console/schedules', '/console/schedules/'])(
    'SEC-48 %s has nothing inline, needs no credential, and all that it loads is here',
    async path => {
      const api = await openApi({ accounts: true })
      const { headers, text, status } = await api.call('GET', path)
      expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' })
      expect(headers).toMatchObject(securityHeaders)
      expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?:\/\//)
      const links = [...text.matchAll(/(?:src|href)="([^"#]+)/g)].map(
        ([, link = '']) => new URL(link, `http://x${path}`).pathname,
      )
      for (const link of links) expect((await api.call('GET', link)).status, link).toBe(200)
      expect(links).toContain('/console/assets/script.js')
    },
  )

  test('/console leads to the first of them, also below the stage of a REST API', async () => {
    const api = await openApi()
    for (const path of ['/console', '/console/']) {
      const { status, headers } = await api.call('GET', path)
      expect([status, headers.location]).toEqual([302, '/console/schedules'])
    }
    const { headers } = await api.handlers.ops(restEvent('GET', '/console'), {})
    expect(headers?.location).toBe('/prod/console/schedules')
  })

  test.each([
    ['script.js', 'text/javascript; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('%s is %s, with the headers of every answer', async (name, type) => {
    const api = await openApi({ accounts: true })
    const { status, headers, text } = await api.call('GET', `/console/assets/${name}`)
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type })
    expect(headers).toMatchObject(securityHeaders)
    expect(text.length).toBeGreaterThan(100)
  })

  test('no other file is', async () => {
    const api = await openApi()
    for (const name of ['api.js', 'start.js', 'reference.css', 'constructor', '..%2fstart.js'])
      expect((await api.call('GET', `/console/assets/${name}`)).body).toMatchObject({ code: 'not_found' })
    expect((await api.call('GET', '/console/assets')).status).toBe(404)
    expect((await api.call('GET', '/console/tasks')).status).toBe(404)
  })

  test('they are read and nothing else', async () => {
    const api = await openApi()
    for (const path of ['/console', '/console/schedules', '/console/assets/script.js']) {
      const { status, headers } = await api.call('POST', path, { body: {} })
      expect([status, headers.allow]).toEqual([405, 'GET'])
    }
  })

  test('what is served is every file of the folder; a module comes after those that it needs', () => {
    expect([...consoleModules].sort()).toEqual(filesOf('.js').sort())
    expect([...consoleStyles].sort()).toEqual(filesOf('.css').sort())
    expect(readdirSync(FOLDER)).toHaveLength(consoleModules.length + consoleStyles.length + 1)
    consoleModules.forEach((name, index) => {
      const needed = [...read(name).matchAll(/^import [\s\S]*? from '\.\/(.*)'$/gm)].map(([, other]) => other)
      expect(consoleModules.slice(0, index), name).toEqual(expect.arrayContaining(needed))
    })
  })

  test('the script is less than 40 KB, imports nothing, and makes no markup from text', async () => {
    const api = await openApi()
    const { text } = await api.call('GET', '/console/assets/script.js')
    expect(text.length).toBeLessThan(40_000)
    expect(text).not.toMatch(/^(?:import|export|\s*\/|\s*\*)/m)
    expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|\beval\b|Function\(/)
  })
})

describe('S2-76 the day on which a clock is changed is found', async () => {
  const path: string = join(FOLDER, 'times.js')
  const { clockChange } = (await import(path)) as { clockChange(iso: string, timeZone: string): string | undefined }

  // Noon of the day before, of the day itself and of the day after; of the day itself half an hour after midnight as well.
  test.each([
    ['Europe/Berlin', 'UTC+01:00 to UTC+02:00', '03-27T11:00', '03-27T23:30', '03-28T10:00', '03-29T10:00'],
    ['Europe/Berlin', 'UTC+02:00 to UTC+01:00', '10-30T10:00', '10-30T22:30', '10-31T11:00', '11-01T11:00'],
    ['America/New_York', 'UTC−05:00 to UTC−04:00', '03-13T17:00', '03-14T05:30', '03-14T16:00', '03-15T16:00'],
    ['Australia/Lord_Howe', 'UTC+10:30 to UTC+11:00', '10-02T01:30', '10-02T14:00', '10-03T01:00', '10-04T01:00'],
    // At midnight: the day begins at one o’clock, or has midnight twice.
    ['America/Santiago', 'UTC−04:00 to UTC−03:00', '09-04T16:00', '09-05T04:30', '09-05T15:00', '09-06T15:00'],
    ['America/Havana', 'UTC−04:00 to UTC−05:00', '11-06T16:00', '11-07T04:30', '11-07T17:00', '11-08T17:00'],
  ])('%s, %s', (zone, change, before, early, noon, after) => {
    const at = (time: string) => clockChange(`2027-${time}Z`, zone)
    expect([before, early, noon, after].map(at)).toEqual([undefined, change, change, undefined])
  })

  test('where none is changed there is no such day', () => {
    for (const zone of ['UTC', 'Asia/Kolkata'])
      for (const day of ['03-28', '10-31']) expect(clockChange(`2027-${day}T12:00Z`, zone)).toBeUndefined()
  })
})

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8')
}
