import { createServer } from 'node:http'

/** The ceiling for any HTTP service on this Node: it parses and answers, and does nothing else. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    try {
      const body = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        .end(body)
    } catch {
      response.writeHead(400).end()
    }
  })
})

server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`listening on ${address.port}`)
})
