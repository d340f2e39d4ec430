/** The probes against installations that are broken, each in one way: a probe that cannot say "let in" would be no probe. */
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { expect, onTestFinished, test } from 'vitest'

import type { RunsStore } from '../store/runs.ts'
import { negativeProbes } from './probes.ts'

const RUN = 'r_0123456789'
type Runs = Pick<RunsStore, 'load' | 'newestCallback'>
type Loaded = Awaited<ReturnType<RunsStore['load']>>

/** A Run whose job has said farewell, after its third callback. */
function finished(dispatch: { id?: string; lastSeq?: number; finished?: string | null } = {}) {
  const state = { id: 'd1', lastSeq: 3, finished: 'completed' as string | null, ...dispatch }
  const runs: Runs = {
    load: async () => ({ run: { dispatch: { ...state }, sandbox: null } }) as unknown as Loaded,
    newestCallback: async () => ({ runId: RUN, dispatchId: 'd1', seq: 3, digest: '0', jws: 'a.b.c', at: 0 }),
  }
  return { state, runs }
}

/** An installation of one mind: `answer` gives the status of every request. */
async function installation(answer: (req: IncomingMessage) => number): Promise<string> {
  const server = createServer((req, res) => {
    req.resume()
    req.once('end', () => void res.writeHead(answer(req)).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function outcomes(publicUrl: string, runs: Runs = finished().runs) {
  const probes = negativeProbes({ publicUrl, oidcIssuer: 'https://issuer.test', runs })
  return Object.fromEntries(await Promise.all(probes.map(async ({ name, attack }) => [name, await attack()])))
}

test('an installation that says no to everything refuses all three', async () => {
  const asked: string[] = []
  const url = await installation((req) => {
    asked.push(`${req.method} ${req.url!.replaceAll(/r_[0-9a-z]{10}/g, '…')}`)
    return 401
  })
  expect(await outcomes(url)).toEqual({
    webhook_forged: 'refused',
    job_unsigned: 'refused',
    callback_replayed: 'refused',
  })
  expect(asked.toSorted()).toEqual(['POST /api/github/webhooks', 'POST /api/runs/…/bind', 'POST /api/runs/…/events'])
})

test('a forged webhook that is taken was let in', async () => {
  const url = await installation((req) => (req.url!.includes('webhooks') ? 202 : 401))
  expect(await outcomes(url)).toMatchObject({ webhook_forged: 'let_in', job_unsigned: 'refused' })
})

test('a job that is believed was let in, though there is no Run for it', async () => {
  const url = await installation((req) => (req.url!.endsWith('/bind') ? 403 : 401))
  expect(await outcomes(url)).toMatchObject({ webhook_forged: 'refused', job_unsigned: 'let_in' })
})

test('a replay that is answered and folds nothing was refused, one that is folded was let in', async () => {
  const { state, runs } = finished()
  const quiet = await installation((req) => (req.url!.endsWith('/events') ? 200 : 401))
  expect(await outcomes(quiet, runs)).toMatchObject({ callback_replayed: 'refused' })
  const folds = await installation((req) => {
    if (!req.url!.endsWith('/events')) return 401
    state.lastSeq += 1
    return 200
  })
  expect(await outcomes(folds, runs)).toMatchObject({ callback_replayed: 'let_in' })
})

test('nothing is learned of an installation that does not answer, is broken, or has no Run that is over', async () => {
  const unknown = { webhook_forged: 'unknown', job_unsigned: 'unknown', callback_replayed: 'unknown' }
  expect(await outcomes('http://127.0.0.1:1')).toEqual(unknown)
  expect(await outcomes(await installation(() => 503))).toEqual(unknown)
  const refuses = await installation(() => 401)
  for (const runs of [
    finished({ finished: null }).runs,
    finished({ id: 'd2' }).runs,
    { ...finished().runs, newestCallback: async () => null },
    { ...finished().runs, load: async () => null },
  ]) {
    expect(await outcomes(refuses, runs)).toMatchObject({ callback_replayed: 'unknown' })
  }
})

test('a retry that is asked for meanwhile is no replay that was folded', async () => {
  const { state, runs } = finished()
  const url = await installation((req) => {
    if (req.url!.endsWith('/events')) Object.assign(state, { id: 'd2', lastSeq: 0, finished: null })
    return 401
  })
  expect(await outcomes(url, runs)).toMatchObject({ callback_replayed: 'unknown' })
})
