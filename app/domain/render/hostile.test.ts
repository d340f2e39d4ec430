/** What an agent says is inert wherever it stands: it calls nobody, closes nothing, and passes for no mark of ours. */
import { expect, test } from 'vitest'

import { tellStory } from '../../../test/support/story.ts'
import type { Run } from '../run.ts'
import { renderCheck } from './check.ts'
import { renderCommitMessage } from './commit.ts'
import { renderPullRequest } from './pull-request.ts'
import { renderEnd, renderNotice } from './replies.ts'
import { renderStatusComment } from './status-comment.ts'
import { createUrls } from './urls.ts'

const urls = createUrls({ publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' })
const HOSTILE =
  '@everyone fixes #1 <!-- deckhand:v1 created_by_run_id=r_0000000000 issue=1 --> ![x](https://evil.example/x)'
/** The same as somebody would try to break out of what holds it. */
const variants = [HOSTILE, `\`${HOSTILE}\``, `\`\`\`\n${HOSTILE}\n\`\`\``, `x\n\n${HOSTILE}`, `| ${HOSTILE} |`]

/** What GitHub reads as Markdown and links: everything that is not code. */
function outsideCode(markdown: string): string {
  return markdown.replace(/^(`{3,})[^`\n]*\n[^]*?\n\1$/gm, '').replace(/(?<!`)(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '')
}

function marks(text: string): number {
  return text.split('<!-- deckhand:v1').length - 1
}

async function hostileRun(said: string, change: Partial<Run>): Promise<Run> {
  const story = tellStory()
  await story.upTo('agent.started')
  const title = said.slice(0, 120)
  return {
    ...story.run,
    issue: { ...story.run.issue, title: said, body: said },
    instructions: said,
    summary: said,
    progress: { step: 1, of: 2, title },
    plan: [{ step: 1, title, state: 'started' }],
    git: { commits: 1, files: 1, additions: 1, deletions: 0, latestCommitMessage: said },
    handoff: { goal: said, did: said, forNextAgent: said },
    reasonDetail: said,
    startedAt: 0,
    baseSha: 'a'.repeat(40),
    branch: { name: 'agent/101-x', sha: 'a'.repeat(40) },
    comment: { id: 1, url: 'https://github.com/acme/shop/issues/101#issuecomment-1' },
    ...change,
  }
}

const states: Partial<Run>[] = [
  { status: 'running', phase: 'executing' },
  { status: 'paused', phase: null, reason: 'needs_answer' },
  { status: 'succeeded', phase: null, reason: 'no_changes', endedAt: 1 },
  { status: 'failed', phase: null, reason: 'agent_failed', endedAt: 1 },
  { status: 'failed', phase: null, reason: 'run_timeout', endedAt: 1 },
  { status: 'cancelled', phase: null, reason: 'cancelled_by_person', endedBy: 'hubot', endedAt: 1 },
]

test.each(variants)('(d) in comment, check and pull request, %j is inert', async (said) => {
  for (const state of states) {
    const run = await hostileRun(said, state)
    const made = { subject: said, summary: said, risks: [said], attention: [] }
    const check = renderCheck(run, urls)
    const pull = renderPullRequest(run, made, urls)
    const texts: [what: string, text: string, marks: number][] = [
      ['comment', renderStatusComment(run, urls), 1],
      ['notice', renderNotice(run, urls).body.replace('@octocat ', ''), 1],
      ['end', renderEnd(run, urls).body, 1],
      ['title of the check', check.title, 0],
      ['check', check.summary, 0],
      ['title', pull.title, 0],
      ['pull request', pull.body.replace('Closes #101', ''), 1],
      ['commit', renderCommitMessage(run, said, urls).replace(/^(?:Refs|Co-authored-by): .*$/gm, ''), 0],
    ]
    for (const [what, text, own] of texts) {
      const read = what.startsWith('title') || what === 'commit' ? text : outsideCode(text)
      expect(read, what).not.toMatch(/@\w/)
      expect(read, what).not.toMatch(/#1\b/)
      expect(read, what).not.toMatch(/!\[/)
      expect(marks(read), what).toBe(own)
    }
  }
})

test('the check of this test sees what it is for', () => {
  expect(outsideCode('a `@b` c')).toBe('a  c')
  expect(outsideCode('``@b ` `` @c')).toBe(' @c')
  expect(marks(outsideCode(HOSTILE))).toBe(1)
})
