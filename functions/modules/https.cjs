// In place of the module `https` in bundles: see lib/bundle.ts.
module.exports = process.getBuiltinModule('node:https')
