/** One receiver of callbacks: `ours` with engine and MongoDB behind it, or a peer that only verifies the signature. */
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { compactVerify, importJWK } from 'jose'

import { createServer } from '../../../app/http/server.ts'
import { callbackRoutes } from '../../../app/http/executor/callbacks.ts'
import type { ExecutorDeps } from '../../../app/http/executor/ports.ts'
import { runsWorld } from '../../stack/api/runs.ts'
import { binding } from '../../support/story.ts'

const [kind = '', uri = '', publicUrl = '', x = '', jkt = ''] = process.argv.slice(2)

async function ours(): Promise<string> {
  const world = await runsWorld(uri)
  const { engine } = world
  let issues = 0
  // A question for so many Runs that wait for callbacks of the one key.
  process.on('message', ({ runs }: { runs: number }) => {
    const bound = Array.from({ length: runs }, async () => {
      const { id, dispatch } = await world.request({ number: ++issues })
      const job = { ...binding, jkt, publicKeyX: x }
      await engine.submit(id, { type: 'bind', dispatchId: dispatch.id, binding: job, at: Date.now() })
      return id
    })
    void Promise.all(bound).then((ids) => process.send?.(ids))
  })
  const deps: Pick<ExecutorDeps, 'engine' | 'publicUrl' | 'audit' | 'now'> = {
    engine,
    publicUrl,
    audit: async () => {},
    now: Date.now,
  }
  const server = createServer({
    publicUrl,
    routes: callbackRoutes(deps as ExecutorDeps),
    identify: async () => ({ kind: 'anonymous' }),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    rejections: { reject: () => {} },
    webRoot: '/nowhere',
    pingStore: async () => {},
    now: Date.now,
  })
  return server.listen(0)
}

async function verifier(): Promise<string> {
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA')
  const verify = async (req: IncomingMessage): Promise<void> => {
    const { payload } = await compactVerify(await text(req), key)
    JSON.parse(new TextDecoder().decode(payload))
  }
  const server = createHttpServer((req, res) => {
    const answer = (status: number) => {
      res.writeHead(status, { 'content-type': 'application/json', 'content-length': '2' })
      res.end('{}')
    }
    verify(req).then(
      () => answer(200),
      () => answer(401),
    )
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const url = kind === 'ours' ? await ours() : await verifier()
process.on('disconnect', () => process.exit())
process.send?.({ url })
