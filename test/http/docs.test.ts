import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../shared/core/errors.ts'
import { routeList } from '../../shared/http/routes.ts'
import { openApi } from './setup.ts'

/** Where a page's links lead, seen from its own address. */
function linksOf(html: string, page: string): string[] {
  return [...html.matchAll(/(?:src|href|data-description)="([^"#]+)/g)].map(
    ([, link = '']) => new URL(link, `http://x${page}`).pathname,
  )
}

describe('the pages of the docs', () => {
  test.each(['/docs', '/docs/', '/redoc', '/redoc/'])(
    'SEC-48 %s is UTF-8 and has nothing inline; all that it needs is here',
    async path => {
      const api = await openApi()
      const { headers, text, status } = await api.call('GET', path)
      expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' })
      expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?:\/\/|\{\{/)
      const links = linksOf(text, path)
      expect(links.length).toBeGreaterThan(1)
      for (const link of links) expect((await api.call('GET', link)).status, link).toBe(200)
    },
  )

  test.each([
    ['swagger-ui.css', 'text/css; charset=utf-8'],
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['start.js', 'text/javascript; charset=utf-8'],
    ['reference.css', 'text/css; charset=utf-8'],
    ['favicon-32x32.png', 'image/png'],
  ])('%s is %s', async (file, type) => {
    const api = await openApi()
    const result = await api.call('GET', `/docs/${file}`)
    expect({ status: result.status, type: result.headers['content-type'] }).toEqual({ status: 200, type })
    expect(result.text.length).toBeGreaterThan(100)
  })

  test('the reference names every operation, and every problem where its type leads', async () => {
    const api = await openApi()
    const { text } = await api.call('GET', '/redoc')
    for (const { id } of routeList) expect(text).toContain(`<article id="${id}">`)
    for (const code of Object.keys(errorCodes)) expect(text).toContain(`id="problem-${code}"`)
    const { type } = (await api.submit({ x: 1 })).body
    expect(type).toBe('/redoc#problem-malformed')
    const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target)
    expect(targets).toEqual(expect.arrayContaining(['problems', ...routeList.map(({ id }) => id)]))
    for (const target of targets) expect(text).toContain(`id="${target}"`)
  })
})
