/** In whose name an attempt stands on GitHub that somebody else opened than who asked for the Run (surfaces.md 1.8). */
import { expect, test } from 'vitest'

import { octocat, tellStory } from '../../../test/support/story.ts'
import type { Person } from '../events.ts'
import { renderCommitMessage } from './commit.ts'
import { renderPullRequest } from './pull-request.ts'
import { createUrls } from './urls.ts'

const urls = createUrls({ publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' })
const made = { subject: 'Delete it', summary: 'Deleted it.', risks: [], attention: [] }
const hubot = { id: 7, login: 'hubot' }

/** A Run that octocat asked for in a comment, in the attempt that this person opened with other instructions. */
async function retriedBy(by: Person) {
  const story = tellStory()
  await story.upTo('bind')
  await story.submit({
    type: 'outcome',
    outcome: { type: 'refused', data: { reason: 'base_moved', detail: null } },
    at: 0,
  })
  await story.settle()
  const dispatchId = '00000000-0000-7000-8000-000000000009'
  const retry = { type: 'retry', by: by.login, byId: by.id, via: 'comment', dispatchId, at: 0 } as const
  await story.submit({ ...retry, instructions: 'Delete the old API.' })
  expect(story.run.attempt).toBe(2)
  const { body } = renderPullRequest(story.run, made, urls)
  expect(body).toContain('| Instructions | `Delete the old API.` |')
  return { asked: /\| Asked by \| (.*) \|/.exec(body)?.[1], commit: renderCommitMessage(story.run, 'Delete it', urls) }
}

test('the pull request and the commit name who asked for the attempt', async () => {
  const { asked, commit } = await retriedBy(hubot)
  expect(asked).toBe('hubot, by a retry')
  expect(commit).toContain('\nCo-authored-by: hubot <7+hubot@users.noreply.github.com>\n')
  expect(commit).not.toContain('octocat')
})

test('who retries what they asked for is linked to what they wrote', async () => {
  const { asked, commit } = await retriedBy(octocat)
  expect(asked).toMatch(/^octocat, \[this comment\]\(https:/)
  expect(commit).toContain('\nCo-authored-by: octocat <583231+octocat@users.noreply.github.com>\n')
})
