import type { HttpResult } from './event.ts'

/** @param root relative path of where `openapi.json` lies */
export function docsPage(root: string): HttpResult {
  return page(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pulse API</title>
<link rel="icon" href="${root}/docs/favicon-32x32.png">
<link rel="stylesheet" href="${root}/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-description="${root}/openapi.json"></div>
<script src="${root}/docs/swagger-ui-bundle.js" defer></script>
<script src="${root}/docs/start.js" defer></script>
</body>
</html>
`)
}

export function page(body: string): HttpResult {
  return { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}
