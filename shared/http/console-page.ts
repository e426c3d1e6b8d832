import { page } from './docs-page.ts'
import type { HttpResult } from './event.ts'

/**
 * A page of the console: what its script fills. Links are relative, so that it also works below a stage of a REST API.
 * @param path of the page as it was asked for
 */
export function consolePage(title: string, path: string): HttpResult {
  const here = path.endsWith('/') ? '..' : '.'
  const assets = `${here}/assets`
  return page(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Pulse</title>
<link rel="icon" href="${assets}/icon.svg">
<link rel="stylesheet" href="${assets}/style.css">
<script type="module" src="${assets}/script.js"></script>
</head>
<body>
<header>
<a class="brand" href="${here}/schedules"><img src="${assets}/icon.svg" alt="" width="24" height="24">Pulse</a>
<nav aria-label="Console"><a href="#" aria-current="page">${title}</a> <a href="${here}/../docs">API</a></nav>
<div id="preferences"></div>
</header>
<main id="main"><noscript><p>This page needs JavaScript. The same can be done with <code>pulse schedules</code> and by the API.</p></noscript></main>
<div id="notice">
<p id="said" role="status"></p>
<div id="refused" role="alert"></div>
</div>
</body>
</html>
`)
}
