// Plain JavaScript that any Node can read: it has to speak up before the first TypeScript file does.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 4)) {
  process.stderr.write(
    `Pulse needs Node 24.4 or later; this is ${process.versions.node}. Run "npm ci": it brings Node 24 along for npm scripts.\n`,
  )
  process.exit(1)
}
