/** What a job is told to let its agent read: nothing where nothing is set, and otherwise exactly that. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { BindAnswer } from '../../contracts/executor.ts'
import type { AgentReading } from '../../contracts/onboarding.ts'
import { LOG_TAIL_BYTES_MAX } from '../../contracts/onboarding.ts'
import { reasonText } from '../../domain/render/reasons.ts'
import type { Run } from '../../domain/run.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { executorWorld, Job } from '../../../test/stack/http/executor.ts'
import type { ExecutorWorld } from '../../../test/stack/http/executor.ts'

let world: ExecutorWorld
beforeAll(async () => {
  world = await executorWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function set(onboardingDocRef: string | null, contextPacks: string[]): Promise<void> {
  const { version } = await world.agentOnboarding.readOnboarding('stub')
  const wish = { onboardingDocRef, contextPacks, by: 'octocat', at: 1, seen: version }
  expect(await world.agentOnboarding.setOnboarding('stub', wish)).not.toBeNull()
}

async function readingOf(run: Run): Promise<AgentReading | undefined> {
  const answer = await (await Job.of(run, world)).bind()
  expect(answer.status).toBe(200)
  const body = (await answer.json()) as Record<string, unknown>
  expect('reading' in body).toBe(BindAnswer.parse(body).reading !== undefined)
  return BindAnswer.parse(body).reading
}

async function logged(run: Run, texts: readonly string[]): Promise<void> {
  const at = '2026-01-01T00:00:00.000Z'
  const lines = texts.map((text, n) => ({ n, at, source: 'agent' as const, level: 'info' as const, text }))
  await world.logs.appendLogs(run.id, run.dispatch.id, lines, 1)
}

test('an agent for which nothing is set is given nothing, in a form that older actions know', async () => {
  expect(await readingOf(await world.dispatched())).toBeUndefined()
})

test('stored texts and the ends of the last logs of the repository go along; files are named', async () => {
  const [older, newer] = [await world.dispatched(), await world.dispatched()]
  await logged(older, ['one', '\u001B[31mred\u001B[0m', 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'])
  await logged(
    newer,
    Array.from({ length: 150 }, (_, n) => `line ${n} ${'x'.repeat(200)}`),
  )
  const elsewhere = await world.runs.request({ repository: vault, number: 9_000 })
  await logged(elsewhere, ['of another repository'])
  await world.documents.saveDocument('dev', { text: 'Mine.', by: 'octocat', at: 1, seen: 0 })
  await set('deckhand:dev', ['docs/a.md', 'recentLogs:2'])
  const run = await world.dispatched()
  await logged(run, ['my own'])

  const { onboarding, packs } = (await readingOf(run))!
  expect(onboarding).toEqual({ kind: 'document', ref: 'deckhand:dev', version: 1, text: 'Mine.' })
  expect(packs[0]).toEqual({ kind: 'file', ref: 'docs/a.md' })
  const logs = packs[1]!
  if (logs.kind !== 'logs') throw new Error('The second pack is to be logs.')
  expect(logs.runs.map(({ runId }) => runId)).toEqual([newer.id, older.id])
  const [long, short] = logs.runs.map(({ text }) => text)
  expect(short).toMatch(/^one\nred\n/)
  expect(short).not.toContain('ghp_0123456789')
  expect(long).toMatch(/^…\nline \d+ x/)
  expect(long).toMatch(/line 149 x+$/)
  expect(Buffer.byteLength(long!)).toBeLessThanOrEqual(LOG_TAIL_BYTES_MAX)
})

test('of a log that has a hundred short lines all are told, and of one that has more, that it has', async () => {
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`)
  const [longer, full] = [await world.dispatched(), await world.dispatched()]
  await logged(longer, lines(101))
  await logged(full, lines(100))
  await set(null, ['recentLogs:2'])
  const logs = (await readingOf(await world.dispatched()))!.packs[0]!
  if (logs.kind !== 'logs') throw new Error('The pack is to be logs.')
  expect(logs.runs.map(({ text }) => text)).toEqual([lines(100).join('\n'), `…\n${lines(101).slice(1).join('\n')}`])
})

test('a job whose action is too old for it ends its Run, which says why and what to do', async () => {
  await set('deckhand:dev', [])
  for (const abilities of [null, ['messages']]) {
    const run = await world.dispatched()
    const job = await Job.of(run, world)
    const answer = await job.bind({ abilities })
    const { detail } = (await answer.json()) as { detail: string }
    expect([answer.status, detail]).toEqual([422, expect.stringContaining('Update the pin')])
    const ended = (await world.runs.engine.load(run.id))!
    expect(ended).toMatchObject({ status: 'failed', reason: 'action_too_old' })
    const { cause, remedy } = reasonText('action_too_old', ended.reasonDetail)
    expect(detail).toBe(`${cause} ${remedy}`)
    const [latest] = await world.trail.listAudit({ target: `run:${run.id}` })
    expect(latest).toMatchObject({ action: 'executor.bind', outcome: 'refused', reason: 'action_too_old' })
    expect((await job.bind({ abilities })).status).toBe(409)
  }
  await set(null, [])
  const older = await Job.of(await world.dispatched(), world)
  expect((await older.bind({ abilities: null })).status).toBe(200)
})

test('a change holds from the next Run on, and a document that is gone is left out', async () => {
  await set(null, ['deckhand:dev', 'deckhand:gone'])
  expect(await readingOf(await world.dispatched())).toEqual({
    onboarding: null,
    packs: [{ kind: 'document', ref: 'deckhand:dev', version: 1, text: 'Mine.' }],
  })
  await set(null, [])
  expect(await readingOf(await world.dispatched())).toBeUndefined()
})
