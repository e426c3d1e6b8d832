import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createGateway } from '../../shared/runtime/gateway.ts'
import { createManualClock } from '../helpers/clock.ts'
import { hasBrowser, useBrowser } from './browser.ts'
import { join, PASSWORD } from './people.ts'
import { type Api, type ApiOptions, openApi } from './setup.ts'

/** A name that would be markup, or run, wherever text became HTML. */
const HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>'

describe.skipIf(!hasBrowser)('S2-76 the console in a real browser (skipped where none is installed)', () => {
  const browser = useBrowser()

  interface Console {
    readonly api: Api
    readonly page: Page
    /** Requests to the API, as "GET schedules". */
    readonly asked: string[]
    /** Errors and warnings of the browser: violations of the policy are among them. */
    readonly complaints: string[]
    visit(hash?: string): Promise<void>
    press(name: string): Promise<void>
  }

  async function open(options: ApiOptions = {}, context: BrowserContextOptions = {}): Promise<Console> {
    const api = await openApi(options)
    const gateway = createGateway({ handlers: api.handlers, host: '127.0.0.1', port: 0 })
    const { port } = new URL(await gateway.listen())
    const around = await browser().newContext({ timezoneId: 'Europe/Berlin', ...context })
    const page = await around.newPage()
    page.setDefaultTimeout(10_000)
    onTestFinished(async () => {
      await around.close()
      await gateway.close(0)
    })
    const asked: string[] = []
    const complaints: string[] = []
    page.on('console', message => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('request', request => {
      const [, path] = new URL(request.url()).pathname.split('/api/v1/')
      if (path !== undefined) asked.push(`${request.method()} ${path}`)
    })
    return {
      api,
      page,
      asked,
      complaints,
      // A cookie that wants TLS is kept from `localhost` without it.
      async visit(hash = '') {
        await page.goto(`http://localhost:${port}/console/schedules${hash}`)
        await page
          .getByText('As of')
          .or(page.getByRole('heading', { name: /^(?:Sign in|Not found)$/ }))
          .waitFor()
      },
      press: name => page.getByRole('button', { name, exact: true }).click(),
    }
  }

  async function make(api: Api, more: object = {}): Promise<string> {
    const rule = 'every' in more || 'after' in more ? {} : { cron: '0 3 * * *', timeZone: 'Europe/Berlin' }
    const body = { name: 'nightly report', task: { name: 'echo', payload: { n: 17 } }, ...rule, ...more }
    const made = await api.call('POST', '/api/v1/schedules', { body })
    expect(made.status).toBe(201)
    return made.body.id
  }

  const read = (api: Api, id: string, more = '') => api.call('GET', `/api/v1/schedules/${id}${more}`)
  const said = (page: Page) => page.getByRole('status')
  const refused = (page: Page) => page.locator('#refused')

  test('the list shows each schedule with rule, state and times, and more of them when asked', async () => {
    const { api, page, complaints, visit, press } = await open()
    await make(api)
    const paused = await make(api, { name: 'hourly sums', every: '1h', paused: true })
    for (let n = 0; n < 49; n++) await make(api, { name: `import ${n}`, every: '7m' })
    await visit()
    const row = page.getByRole('row', { name: 'nightly report' })
    await expect.poll(() => row.textContent()).toMatch(/makes echo.*At 03:00 every day, Europe\/Berlin.*ACTIVE/)
    expect(await row.locator('time').first().getAttribute('title')).toMatch(/, 0[12]:00 UTC$/)
    expect(await row.locator('time').first().textContent()).toMatch(/, 03:00$/)
    await page.getByLabel('Times in UTC').check()
    await expect.poll(() => row.locator('time').first().textContent()).toMatch(/, 0[12]:00$/)
    expect(await page.locator('tbody tr').count()).toBe(50)
    await press('More')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(51)
    expect(
      await page.evaluate(`[...document.querySelectorAll('tbody tr')].indexOf(document.activeElement.closest('tr'))`),
    ).toBe(50)
    expect(await page.getByRole('button', { name: 'More' }).isVisible()).toBe(false)
    await press('Refresh')
    await page.getByRole('link', { name: 'hourly sums' }).click()
    await expect.poll(() => page.url()).toContain(`#${paused}`)
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('hourly sums')
    expect(await page.title()).toBe('hourly sums · Pulse')
    expect(complaints).toEqual([])
  })

  test('an empty list says how a schedule is made', async () => {
    const { page, visit } = await open()
    await visit()
    await page.getByText('There is no schedule yet.').waitFor()
  })

  test('a schedule is paused with a reason and resumed, and whoever uses the keyboard stays where they were', async () => {
    const { api, page, complaints, visit, press } = await open()
    const id = await make(api)
    await visit(`#${id}`)
    await press('Pause…')
    await page.keyboard.type('the report is being rewritten')
    await page.keyboard.press('Enter')
    await expect.poll(() => said(page).textContent()).toContain('Paused nightly report.')
    expect((await read(api, id)).body).toMatchObject({
      state: 'PAUSED',
      pauseReason: 'the report is being rewritten',
    })
    await page.getByText(/^Paused since .* by local: the report is being rewritten$/).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Resume')
    await page.keyboard.press('Enter')
    await expect.poll(() => said(page).textContent()).toContain('Resumed nightly report.')
    expect((await read(api, id)).body.state).toBe('ACTIVE')
    expect(complaints).toEqual([])
  })

  test('a question is answered with no by Escape and by Cancel', async () => {
    const { api, page, visit, press } = await open()
    const id = await make(api)
    await visit(`#${id}`)
    await press('Pause…')
    await page.keyboard.press('Escape')
    await press('Delete…')
    await press('Cancel')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect((await read(api, id)).body).toMatchObject({ state: 'ACTIVE', generation: 1 })
  })

  test('a trigger says which task it made, once, however often it is pressed meanwhile', async () => {
    const { api, page, complaints, asked, visit, press } = await open({ running: true })
    const id = await make(api)
    await visit(`#${id}`)
    const held = Promise.withResolvers<void>()
    await page.route('**/trigger', async route => {
      await held.promise
      await route.continue()
    })
    await press('Trigger now')
    for (const name of ['Trigger now', 'Pause…', 'Delete…'])
      expect(await page.getByRole('button', { name }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Trigger now' }).click({ force: true })
    held.resolve()
    await expect.poll(() => said(page).textContent()).toContain('Triggered nightly report. It made task')
    expect(asked.filter(each => each.endsWith('/trigger'))).toHaveLength(1)
    const [{ outcome, taskId }, ...others] = (await read(api, id, '/occurrences')).body.items
    expect([outcome, others]).toEqual(['triggered', []])
    expect(await said(page).getByRole('link').getAttribute('href')).toMatch(new RegExp(`/api/v1/tasks/${taskId}$`))
    await page.getByRole('row', { name: 'triggered' }).getByRole('link', { name: taskId }).click()
    await expect.poll(() => page.locator('body').textContent()).toContain(`"scheduleId":"${id}"`)
    expect(complaints).toEqual([])
  })

  test('when the answer of a trigger is lost, the page says so, and a second press finds the same task', async () => {
    const { api, page, visit, press } = await open()
    const id = await make(api)
    await visit(`#${id}`)
    await page.route(
      '**/trigger',
      async route => {
        await route.fetch()
        await route.abort()
      },
      { times: 1 },
    )
    await press('Trigger now')
    await expect.poll(() => refused(page).textContent()).toContain('not known whether a task was made')
    await press('Trigger now')
    await expect.poll(() => said(page).textContent()).toContain('It made task')
    await press('Trigger now')
    await expect.poll(async () => (await read(api, id, '/occurrences')).body.items.length).toBe(2)
  })

  test('a schedule is deleted when that is confirmed, and the list says so', async () => {
    const { api, page, complaints, visit, press } = await open()
    const id = await make(api)
    await visit(`#${id}`)
    await press('Delete…')
    await page.getByRole('dialog', { name: 'Delete nightly report?' }).waitFor()
    await press('Delete')
    await expect.poll(() => said(page).textContent()).toContain('Deleted nightly report.')
    await page.getByText('There is no schedule yet.').waitFor()
    expect((await read(api, id)).status).toBe(404)
    expect(complaints).toEqual([])
  })

  test('a backfill is shown first, then made, and made once', async () => {
    const { api, page, complaints, visit, press } = await open()
    const id = await make(api, { cron: '0 3 * * *' })
    await visit(`#${id}`)
    await press('Backfill…')
    // Each 03:00 of Berlin from the 3rd to the 7th: times are those of the browser.
    await page.getByLabel('From (Europe/Berlin)').fill('2026-03-03T03:00')
    await page.getByLabel('To (Europe/Berlin)').fill('2026-03-07T03:00')
    await press('Preview')
    await page.getByText('Tasks: 5 would be made.').waitFor()
    expect(await page.getByRole('table', { name: 'Preview' }).getByText('would be made').count()).toBe(5)
    expect((await read(api, id, '/occurrences')).body.items).toEqual([])
    await press('Make 5 tasks')
    await expect.poll(() => said(page).textContent()).toContain('Backfilled: 5 made.')
    expect((await read(api, id, '/occurrences')).body.items).toHaveLength(5)
    await page.getByLabel('To (Europe/Berlin)').fill('2026-03-08T03:00')
    expect(await page.getByRole('table', { name: 'Backfilled' }).count()).toBe(0)
    await press('Preview')
    await page.getByText('Tasks: 1 would be made, 5 there already.').waitFor()
    await page.getByRole('row', { name: 'backfilled' }).nth(4).waitFor()
    expect(complaints).toEqual([])
  })

  test('what the API refuses is told in its words', async () => {
    const { api, page, visit, press } = await open()
    const id = await make(api)
    await visit(`#${id}`)
    await press('Backfill…')
    await page.getByLabel('To (Europe/Berlin)').fill('2098-03-07T03:00')
    await press('Preview')
    await expect
      .poll(() => refused(page).textContent())
      .toContain('No preview. The request is refused: to: must not be ahead: what is to come fires by itself.')
    await press('Dismiss')
    expect(await refused(page).textContent()).toBe('')
  })

  test('what somebody else has changed meanwhile is read anew, and what they have deleted is not found', async () => {
    const { api, page, visit, press } = await open()
    const id = await make(api)
    await visit(`#${id}`)
    await page.getByText('Nothing has fired yet.').waitFor()
    await api.call('PATCH', `/api/v1/schedules/${id}`, { body: { name: 'weekly report' } })
    await press('Delete…')
    await press('Delete')
    await expect
      .poll(() => refused(page).textContent())
      .toMatch(/^Not deleted\. It has changed meanwhile: .* It is shown as it is now\./)
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('weekly report')
    await press('Delete…')
    await page.getByRole('dialog', { name: 'Delete weekly report?' }).waitFor()
    await press('Cancel')
    await api.call('DELETE', `/api/v1/schedules/${id}`)
    await press('Trigger now')
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Not found')
    expect(await refused(page).textContent()).toContain('Not triggered. Not found: ')
  })

  test('a server that cannot be reached, and a gateway that wants signed requests, are told apart', async () => {
    const { api, page, visit, press } = await open()
    await make(api)
    await visit()
    await page.route('**/api/v1/**', route => route.abort(), { times: 1 })
    await press('Refresh')
    await page.getByText('No answer: the server cannot be reached.').waitFor()
    await page.route('**/api/v1/**', route => route.fulfill({ status: 403, json: { message: 'Forbidden' } }))
    await press('Refresh')
    await page
      .getByText(/^The answer is 403: the gateway lets nobody in whose requests are not signed for AWS/)
      .waitFor()
    // What was known is still there.
    await page.getByRole('link', { name: 'nightly report' }).waitFor()
  })

  test('SEC-48 nothing that a schedule is called becomes markup', async () => {
    const { api, page, complaints, visit, press } = await open()
    const task = { name: 'echo', payload: { [HOSTILE]: HOSTILE }, title: HOSTILE }
    const id = await make(api, { name: HOSTILE.slice(0, 100), task, description: HOSTILE, tags: { a: HOSTILE } })
    await visit()
    await page.getByRole('link', { name: HOSTILE }).click()
    await press('Pause…')
    await page.getByRole('dialog').getByRole('textbox').fill(HOSTILE)
    await press('Pause')
    await expect.poll(() => said(page).textContent()).toContain(`Paused ${HOSTILE}.`)
    await press('Delete…')
    await page.getByRole('dialog', { name: `Delete ${HOSTILE}?` }).waitFor()
    expect(await page.locator('main img, main b, dialog img, #notice img').count()).toBe(0)
    expect(await page.title()).toBe(`${HOSTILE} · Pulse`)
    await visit(`#${HOSTILE}`)
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
    await visit(`#${id}/../../tasks`)
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
    // Both are asked for as ids, which nobody has.
    expect(complaints.filter(each => !/status of 404/.test(each))).toEqual([])
  })

  test('times on days on which the clock of the zone is changed are marked', async () => {
    const clock = createManualClock(Date.parse('2026-10-22T12:00:00Z'))
    const { api, page, visit } = await open({ clock }, { timezoneId: 'America/New_York' })
    const id = await make(api)
    await visit(`#${id}`)
    const marked = page.getByRole('row', { name: 'Clock change' })
    await marked.waitFor()
    expect(await page.getByRole('table', { name: 'Next 10' }).getByRole('row').count()).toBe(11)
    expect(await marked.allTextContents()).toEqual([
      expect.stringMatching(/^Sat, 24 Oct 2026, 22:00Sun, 25 Oct 2026, 03:00.*Clock change: UTC\+02:00 to UTC\+01:00$/),
    ])
  })

  test('SEC-12 where accounts are needed one signs in, is known, and signs out', async () => {
    const { api, page, asked, visit, press } = await open({ accounts: true })
    const { email } = await join(api, 'viewer', 'ada@example.com')
    await visit()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('a sentence that nobody knows')
    await press('Sign in')
    await expect.poll(() => page.getByRole('alert').first().textContent()).toContain('Credentials are needed: ')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText('There is no schedule yet.').waitFor()
    await page.getByText(email).waitFor()
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(JSON.stringify(await page.evaluate('({ ...localStorage })'))).toBe('{"pulse.session":"1"}')

    // The access token has ended: it is renewed on the way, once for all requests.
    await page.context().clearCookies({ name: '__Host-pulse_access' })
    await page.reload()
    await page.getByText('There is no schedule yet.').waitFor()
    await page.getByText(email).waitFor()
    expect(asked.filter(each => each === 'POST auth/refresh')).toHaveLength(1)

    await press('Sign out')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(JSON.stringify(await page.evaluate('({ ...localStorage })'))).toBe('{}')
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['__Host-pulse_device'])
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
  })

  test('a session that ends while the page is open leads to the form, and back to where one was', async () => {
    const { api, page, visit, press } = await open({ accounts: true })
    const { email } = await join(api, 'viewer')
    await visit('#sch_01K0XW6V3M8Q2T5R7Y9Z4B6C8D')
    const signIn = async () => {
      await page.getByLabel('E-mail').fill(email)
      await page.getByLabel('Password').fill(PASSWORD)
      await press('Sign in')
    }
    await signIn()
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'All schedules' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await signIn()
    await page.getByText('There is no schedule yet.').waitFor()
  })

  test('a browser that does not keep the session is told apart from a wrong password', async () => {
    const { api, page, visit, press } = await open({ accounts: true })
    const { email } = await join(api, 'viewer')
    await visit()
    await page.route('**/auth/login', route => route.fulfill({ json: { expires_in: 1_800 } }))
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(PASSWORD)
    await press('Sign in')
    await page.getByText('this browser keeps the session only over https or from localhost').waitFor()
  })

  test('where no account is needed nobody is asked to sign in, or who they are', async () => {
    const { page, asked, complaints, visit } = await open()
    await visit()
    await page.getByText('There is no schedule yet.').waitFor()
    expect(asked).toEqual(['GET schedules'])
    expect(await page.getByRole('button', { name: /Sign/ }).count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('nothing is asked for while nobody looks, and what is old is read when they come back', async () => {
    const { api, page, asked, visit } = await open()
    await make(api)
    await page.clock.install()
    await visit()
    const show = (state: string) =>
      page.evaluate(
        `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      )
    await page.getByRole('link', { name: 'nightly report' }).waitFor()
    const before = asked.length
    await page.clock.runFor(9_000)
    expect(asked).toHaveLength(before)
    await page.clock.runFor(7_000)
    await expect.poll(() => asked.length).toBe(before + 1)
    await page.getByText('As of').waitFor()
    await show('hidden')
    await page.clock.runFor(600_000)
    expect(asked).toHaveLength(before + 1)
    await show('visible')
    await expect.poll(() => asked.length).toBe(before + 2)
    await show('hidden')
    await show('visible')
    await page.clock.runFor(5_000)
    expect(asked).toHaveLength(before + 2)
    // Also when they leave while it is being read.
    const held = Promise.withResolvers<void>()
    await page.route('**/api/v1/**', async route => {
      await held.promise
      await route.continue()
    })
    await page.clock.runFor(15_000)
    await expect.poll(() => asked.length).toBe(before + 3)
    const answered = page.waitForResponse('**/api/v1/**')
    await show('hidden')
    held.resolve()
    await (await answered).finished()
    await page.clock.runFor(600_000)
    expect(asked).toHaveLength(before + 3)
  })

  test('what is not there is not asked for again', async () => {
    const { page, asked, visit } = await open()
    await page.clock.install()
    await visit('#sch_01K0XW6V3M8Q2T5R7Y9Z4B6C8D')
    await page.getByText('There is no such schedule.').waitFor()
    await page.clock.runFor(600_000)
    expect(asked).toHaveLength(1)
  })

  test('a schedule that is watched costs two requests at a time, and the limit of requests is respected', async () => {
    const { api, page, asked, visit } = await open()
    const id = await make(api)
    await page.clock.install()
    await visit(`#${id}`)
    await page.getByText('Nothing has fired yet.').waitFor()
    await expect.poll(() => asked.length).toBe(3)
    await page.clock.runFor(31_000)
    await expect.poll(() => asked.slice(3)).toEqual([`GET schedules/${id}`, `GET schedules/${id}/occurrences`])
    const problem = { title: 'Too many requests', detail: 'requests of a user: try again in 90 s', status: 429 }
    await page.route('**/api/v1/**', route =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '90' },
        contentType: 'application/problem+json',
        json: problem,
      }),
    )
    await page.clock.runFor(31_000)
    await page.getByText('Too many requests: requests of a user: try again in 90 s.').waitFor()
    expect(asked).toHaveLength(6)
    await page.clock.runFor(85_000)
    expect(asked).toHaveLength(6)
    await page.clock.runFor(10_000)
    await expect.poll(() => asked.length).toBe(7)
  })

  test('on 320 pixels nothing is wider than the screen', async () => {
    const { api, page, complaints, visit, press } = await open({}, { viewport: { width: 320, height: 700 } })
    const id = await make(api, {
      name: 'x'.repeat(100),
      description: 'y'.repeat(200),
      task: { name: 'echo', payload: 'z'.repeat(500) },
    })
    // Up to the margin: what sticks out of its own box must not pass either. What is in a box that scrolls may.
    const width = () =>
      page.evaluate(
        `Math.max(304, ...[...document.querySelectorAll('main *, dialog *')].map(each => Math.floor(each.getBoundingClientRect().right))) + document.documentElement.scrollWidth - 304`,
      )
    await visit()
    await page.getByRole('link', { name: 'xxx' }).waitFor()
    expect(await width()).toBe(320)
    await visit(`#${id}`)
    await press('Backfill…')
    await press('Preview')
    await page.getByText('Tasks: 1 would be made.').waitFor()
    await press('Trigger now')
    await expect.poll(() => said(page).textContent()).toContain('It made')
    expect(await width()).toBe(320)
    await press('Delete…')
    expect(await width()).toBe(320)
    expect(complaints).toEqual([])
  })
})
