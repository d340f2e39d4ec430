/**
 * An admin says what the agent reads: a document of Deckhand, a file of the repository and the ends of the last two
 * logs. The next Run's agent is given exactly these, and the ledger proves afterwards which texts they were.
 */
import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import type { LogPage } from '../../app/contracts/api.ts'
import { LedgerDocument } from '../../app/contracts/ledger.ts'
import type { AgentOnboardingBody, DocumentBody, GivenPiece } from '../../app/contracts/onboarding.ts'
import { verifyLedger } from '../../cli/ledger/verify.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'

const SERVICE = '# Service X\n\nIt sells small things.\n'
const HOUSE = '# How we work here\n\nKeep changes small.\n'
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

async function put<T>({ api }: Stage, path: string, body: unknown): Promise<T> {
  const answer = await api(path, { method: 'PUT', body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

/** What the stub says that it was given, as its log has it. */
async function toldOf({ api }: Stage, runId: string): Promise<string[]> {
  const page = (await (await api(`/api/runs/${runId}/logs`)).json()) as LogPage
  const prefix = 'Given to read: '
  return page.lines.flatMap(({ text }) => (text.startsWith(prefix) ? [text.slice(prefix.length)] : []))
}

const givenIn = async ({ ledger }: Stage, runId: string): Promise<readonly GivenPiece[] | undefined> =>
  (await ledger(runId)).find(({ type }) => type === 'workspace.prepared')?.data['given'] as GivenPiece[] | undefined

test.each(['local', 'e2b'] as const)(
  'the agent reads what an admin set, in a sandbox of provider %s',
  async (sandbox) => {
    const stage = await openStage({ sandbox, files: { 'docs/service-x.md': SERVICE } })
    const { world, assign, ended } = stage
    const finished = async (): Promise<string> => {
      const { id } = await assign(world.openIssue())
      expect(await ended(id)).toMatchObject({ status: 'succeeded' })
      return id
    }
    const before = [await finished(), await finished()]
    await world.runner.idle()
    for (const id of before) {
      expect(await toldOf(stage, id)).toEqual([])
      expect(await givenIn(stage, id)).toBeUndefined()
    }

    const ours = (await (await stage.api('/api/documents/dev')).json()) as DocumentBody
    expect(ours).toMatchObject({ version: 0, text: expect.stringContaining('# Development') })
    const saved = await put<DocumentBody>(stage, '/api/documents/dev', { text: HOUSE, version: 0 })
    expect(saved).toMatchObject({ version: 1, latest: 1 })
    const set = await put<AgentOnboardingBody>(stage, '/api/agents/stub/onboarding', {
      onboardingDocRef: 'deckhand:dev',
      contextPacks: ['docs/service-x.md', 'docs/gone.md', 'recentLogs:2'],
    })
    expect(set.sees.map(({ ref }) => ref)).toEqual([
      'deckhand:dev',
      'docs/service-x.md',
      'docs/gone.md',
      'recentLogs:2',
    ])

    const id = await finished()
    const given = (await givenIn(stage, id))!
    const logs = given[3]!
    expect(given).toMatchObject([
      { ref: 'deckhand:dev', kind: 'document', version: 1, state: 'whole', digest: digestOf(HOUSE) },
      { ref: 'docs/service-x.md', kind: 'file', version: null, state: 'whole', digest: digestOf(SERVICE) },
      { ref: 'docs/gone.md', kind: 'file', version: null, state: 'missing', bytes: 0, digest: null },
      { ref: 'recentLogs:2', kind: 'logs', version: null, state: 'whole' },
    ])
    expect(logs.bytes).toBeGreaterThan(100)
    // The log's end may come after that of the Run.
    await stage.until('the log', async () => (await toldOf(stage, id)).length > 2)
    expect(await toldOf(stage, id)).toEqual([
      `deckhand:dev, version 1 (document, ${HOUSE.length} bytes)`,
      `docs/service-x.md (file, ${SERVICE.length} bytes)`,
      `recentLogs:2 (logs, ${logs.bytes} bytes)`,
    ])
    const document = LedgerDocument.parse(await (await stage.api(`/api/runs/${id}/ledger`)).json())
    expect(verifyLedger(document)).toMatchObject({ ok: true })
    // Nothing of it is in the change: it lies beside the checkout.
    expect((await stage.run(id)).git).toMatchObject({ commits: 1, files: 1 })
  },
)
