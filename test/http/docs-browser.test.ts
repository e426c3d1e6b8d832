import { describe, expect, onTestFinished, test } from 'vitest'
import { createGateway } from '../../shared/runtime/gateway.ts'
import { hasBrowser, useBrowser } from './browser.ts'
import { openApi } from './setup.ts'

describe.skipIf(!hasBrowser)('SEC-48 the pages in a real browser (skipped where none is installed)', () => {
  const browser = useBrowser()

  /** A page whose complaints are collected: violations of the policy are among them. */
  async function open(path: string) {
    const api = await openApi({ running: true })
    const gateway = createGateway({ handlers: api.handlers, host: '127.0.0.1', port: 0 })
    const url = await gateway.listen()
    const page = await browser().newPage()
    onTestFinished(async () => {
      await page.close()
      await gateway.close(0)
    })
    const complaints: string[] = []
    page.on('console', message => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(String(error)))
    page.on(
      'response',
      response => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`),
    )
    await page.goto(url + path, { waitUntil: 'networkidle' })
    return { page, complaints }
  }

  test('/docs shows every operation, and a task can be submitted from it', async () => {
    const { page, complaints } = await open('/docs')
    await page.locator('#operations-Tasks-submitTask .opblock-summary-control').click()
    await page.locator('#operations-Tasks-submitTask .try-out__btn').click()
    await page.locator('#operations-Tasks-submitTask .execute').click()
    const answer = page.locator('#operations-Tasks-submitTask .live-responses-table .response-col_status').last()
    await expect.poll(() => answer.textContent()).toContain('202')
    expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(20)
    expect(complaints).toEqual([])
  })

  test('/docs lets no text become a script', async () => {
    const { page } = await open('/docs/')
    const attempt = (action: string) => page.evaluate(action).then(String, (error: Error) => error.message)
    expect(await attempt('document.createElement("script").text = "1"')).toContain('TrustedScript')
    expect(await attempt('document.createElement("script").src = "/x"')).toContain('TrustedScriptURL')
    expect(
      await attempt(
        '(() => { const e = document.createElement("p"); e.innerHTML = "<img src=x onerror=alert(1)>"; return e.innerHTML })()',
      ),
    ).toBe('')
  })

  test('/redoc can be read, with styles and without complaints, also on a narrow screen', async () => {
    const { page, complaints } = await open('/redoc')
    expect(await page.locator('h1').textContent()).toBe('Pulse API reference')
    expect(await page.evaluate('getComputedStyle(document.querySelector("nav")).position')).toBe('sticky')
    await page.locator('nav a[href="#requeueTask"]').click()
    expect(await page.locator('#requeueTask').isVisible()).toBe(true)
    await page.setViewportSize({ width: 320, height: 600 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    expect(complaints).toEqual([])
  })
})
