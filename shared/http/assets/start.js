// The Swagger UI page. Its policy is the one of every other page, which allows no inline script: so it starts from here.

// Swagger UI sets innerHTML from Markdown that its own DOMPurify has cleaned, and knows nothing of trusted types. This is the page's
// one exception: HTML without anything active may pass; text that becomes a script or the address of one may not.
const ACTIVE = /<(?:script|iframe|frame|object|embed|base|meta|link|form)\b|\son\w+\s*=|javascript:/i
window.trustedTypes?.createPolicy('default', { createHTML: html => (ACTIVE.test(html) ? '' : html) })

const root = document.querySelector('#swagger-ui')
window.ui = SwaggerUIBundle({
  url: root.dataset.description,
  domNode: root,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
})
