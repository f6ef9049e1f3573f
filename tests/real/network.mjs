// Bluesky's own servers (directory, PDS, AppView and the moderation service they expect) on
// loopback, for one test session. network.py starts this file; nothing else should.
//
// In, from the environment:
//   PACKAGES          folder whose node_modules holds @atproto/dev-env
//   PDS_PUBLIC_PORT   the port the network knows the PDS by: our fault proxy listens there, and
//                     every session's DID document sends clients to it
//   DB_POSTGRES_URL, DB_POSTGRES_SCHEMA, REDIS_HOST   what the AppView keeps its state in
// Out, one JSON object a line: {"pdsPort"} as soon as the PDS listens, {"ready"} when all do.
import net from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const publicPort = Number(process.env.PDS_PUBLIC_PORT)

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen({ port: 0, host: '127.0.0.1' }, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
const ownPort = await freePort()

// The packages listen on every interface, and have no setting for it. The PDS believes it listens
// on its public port; it gets another, and the proxy stands where it believes to be.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  const asked = typeof given[0] === 'object' ? given[0] : { port: given[0] }
  if (asked === null || asked.path !== undefined) return listen.apply(this, given)
  const done = given.find((argument) => typeof argument === 'function')
  const isPds = Number(asked.port) === publicPort
  if (isPds) this.once('listening', () => say({ pdsPort: ownPort }))
  const port = isPds ? ownPort : asked.port
  return listen.call(this, { ...asked, port, host: '127.0.0.1' }, done)
}

// The promise of a connection we cut on purpose may reject with nobody waiting; a server that
// would not start is told by `create` below.
process.on('unhandledRejection', (reason) => process.stderr.write(`${reason?.stack ?? reason}\n`))

const entry = join(process.env.PACKAGES, 'node_modules/@atproto/dev-env/dist/index.js')
const { TestNetwork } = await import(pathToFileURL(entry).href)
const network = await TestNetwork.create({
  pds: { port: publicPort, hostname: 'localhost', enableDidDocWithSession: true },
  // The AppView follows the PDS directly: a test that cuts streams cuts its own, not this one.
  bsky: { repoProvider: `ws://localhost:${ownPort}` },
  ozone: { dbMaterializedViewRefreshIntervalMs: 30_000 },
})

// Nothing of this network is kept, so nothing needs closing in order.
process.on('SIGTERM', () => process.exit(0))
process.on('SIGINT', () => process.exit(0))
say({ ready: true, pds: network.pds.url, appview: network.bsky.url, plc: network.plc.url })
