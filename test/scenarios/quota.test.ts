/** A repository has used its Runs of the day: whoever asks for one more is told the same, whatever door it is. */
import { setTimeout as delay } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { deckhand } from '../support/deckhand.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

const USED = 'This repository has used its 1 runs for today. The limit resets at 00:00 UTC.'
const DAY_S = 86_400
/** What the story needs at most of one day. */
const STORY_MS = 100_000

/** The limit counts by the day in UTC, so the story may not begin just before midnight. */
async function intoOneDay(): Promise<void> {
  const leftMs = DAY_S * 1_000 - (Date.now() % (DAY_S * 1_000))
  if (leftMs < STORY_MS) await delay(leftMs)
}

test('the same sentence for a comment, a label, a program and the command line, and no Run', async () => {
  const { world, api, assign, ended, runsOf, until } = await openStage({ settings: { RUNS_PER_DAY_MAX: '1' } })
  const { github } = world
  await intoOneDay()
  const first = await assign(world.openIssue())
  await ended(first.id)

  const told = (number: number) =>
    github.state.comments.filter(({ issueNumber, body }) => issueNumber === number && body.startsWith(USED))
  const [commented, labelled, asked] = [world.openIssue(), world.openIssue(), world.openIssue()]
  world.comment(commented, '/assign-agent')
  github.addLabel({ repository: REPOSITORY, number: labelled, by: 'octocat', label: 'agent' })
  await until('both answers', () => told(commented).length === 1 && told(labelled).length === 1)
  expect(github.state.reactions.map(({ content }) => content)).toContain('confused')

  const path = `/api/repos/${REPOSITORY}/issues/${asked}/assign-agent`
  const answer = await api(path, { method: 'POST', body: '{}' })
  expect(answer.status).toBe(429)
  const seconds = Number(answer.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(DAY_S)
  expect(await answer.json()).toMatchObject({ code: 'quota_used', detail: USED })
  const env = { DECKHAND_URL: world.appUrl, DECKHAND_TOKEN: world.apiToken }
  const said = await deckhand(env, 'assign', `${REPOSITORY}#${asked}`)
  expect(said.code).toBeGreaterThan(0)
  expect(said.err).toContain(USED)
  for (const number of [commented, labelled, asked]) expect(await runsOf(number)).toEqual([])

  // The next attempt is no other Run.
  const again = await api(`/api/runs/${first.id}/retry`, { method: 'POST', body: '{}' })
  expect((await again.json()) as { detail: string }).toMatchObject({
    detail: expect.stringContaining('already succeeded'),
  })
})
