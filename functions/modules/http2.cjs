// In place of the module `http2` in bundles: see lib/bundle.ts.
module.exports = process.getBuiltinModule('node:http2')
