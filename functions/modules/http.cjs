// In place of the module `http` in bundles: see lib/bundle.ts.
module.exports = process.getBuiltinModule('node:http')
