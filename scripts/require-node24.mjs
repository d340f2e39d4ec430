// Plain JavaScript on purpose: it must still parse on the old Node that it complains about.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `Deckhand needs Node 24 or newer and this is ${process.version}: install Node 24 (on Linux x64 "npm ci" brings it).\n`,
  )
  process.exit(78)
}
