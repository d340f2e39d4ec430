/** Row 33: what stands in a public place tells nothing of a private one, and a private Run tells nothing by its badge. */
import { expect, test } from 'vitest'

import { tellStory } from '../../../test/support/story.ts'
import { badgeOf, badgeSvg } from '../badge.ts'
import type { Run } from '../run.ts'
import { renderCheck } from './check.ts'
import { renderCommitMessage } from './commit.ts'
import { renderPullRequest } from './pull-request.ts'
import { statusText } from './replies.ts'
import { renderStatusComment } from './status-comment.ts'
import { createUrls } from './urls.ts'

const urls = createUrls({ publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' })
const PRIVATE = /secret-org|vault-runners|actions\/runs/i

/** Everything of a Run that is written to GitHub or shown to strangers. */
function publicTexts(run: Run): string[] {
  const made = { subject: 'Add a line', summary: 'Did it.', risks: [], attention: [] }
  const pull = renderPullRequest(run, made, urls)
  return [
    renderStatusComment(run, urls),
    JSON.stringify(renderCheck(run, urls)),
    renderCommitMessage(run, 'Add a line', urls),
    pull.title,
    pull.body,
    statusText(run, urls),
    badgeSvg(badgeOf(run)),
  ]
}

test('row 33: a central executor repository, which may be private, is named in no text of a public issue', async () => {
  for (const moment of ['bind', 'sandbox.acquired', 'agent.progressed', 'executor.finished'] as const) {
    const story = tellStory()
    await story.upTo(moment)
    const run: Run = { ...story.run, executorRepository: { owner: 'secret-org', name: 'vault-runners' } }
    for (const text of publicTexts(run)) expect(text).not.toMatch(PRIVATE)
  }
})

test('row 33: the badge of a Run names neither its repository, its issue nor its people', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const { issue, requestedBy } = story.run
  const run: Run = { ...story.run, repository: { ...story.run.repository, owner: 'secret-org', private: true } }
  const svg = badgeSvg(badgeOf(run))
  for (const name of ['secret-org', run.repository.name, issue.title, requestedBy.login])
    expect(svg).not.toContain(name)
})
