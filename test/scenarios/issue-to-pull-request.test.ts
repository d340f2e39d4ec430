/** The main story: a person comments `/assign-agent`, and a pull request with the stub's commit comes back. */
import { expect, test } from 'vitest'

import { git } from '../support/git.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

/** Of GitHub's, for a whole Run (trust.md P10). */
const CALLS_MAX = 20
const EDIT_EVERY_MS = 10_000

test.each(['local', 'e2b'] as const)(
  'from /assign-agent to a pull request, in a sandbox of provider %s',
  async (sandbox) => {
    const { world, assign, ended, ledger, run: load, until } = await openStage({ sandbox })
    const { github } = world
    const issue = world.openIssue()
    const { id } = await assign(issue)
    const run = await ended(id)
    expect(run).toMatchObject({
      status: 'succeeded',
      reason: { code: 'pull_request_opened' },
      trust: 'oidc',
      git: { commits: 1, files: 1 },
    })

    const branch = `agent/${issue}-add-csv-export-to-orders-${id.slice(2)}`
    const readme = await github.readFile(REPOSITORY, branch, 'README.md')
    expect(readme).toContain(`issue #${issue}, Run ${id}`)
    expect(await github.readFile(REPOSITORY, 'main', 'README.md')).not.toContain(id)

    const { number } = run.pullRequest!
    const { body } = github.issue(REPOSITORY, number)
    expect(github.pull(REPOSITORY, number)).toMatchObject({ headRef: branch, baseRef: 'main', draft: false })
    // The back-reference stands in four places.
    expect(body).toContain(`created_by_run_id=${id}`)
    expect(body).toContain(`Closes #${issue}`)
    expect(body).toContain('No gates were run')
    const check = await until('the check run', () => github.state.checkRuns.find((c) => c.externalId === id))
    expect(check).toMatchObject({ status: 'completed', conclusion: 'success', headSha: run.branch!.sha })
    expect(await git(github.repository(REPOSITORY).gitDir, 'log', '-1', '--format=%B', branch)).toContain(
      `Agent-Run-Id: ${id}`,
    )
    expect((await load(id)).pullRequest?.number).toBe(number)

    const reactions = github.state.reactions.map((r) => r.content)
    expect(reactions).toEqual(['eyes', 'rocket'])
    await until('the last edit of the status comment', () =>
      github.state.comments.some((c) => c.body.startsWith(`🟢 **stub** finished: #${number} is ready for review.`)),
    )
    expect(github.state.comments.filter((c) => c.body.includes(`run=${id}`))).toHaveLength(1)

    const events = await ledger(id)
    expect(events.map((e) => e.type)).toEqual(
      expect.arrayContaining([
        'run.requested',
        'executor.bound',
        'sandbox.acquired',
        'proposal.submitted',
        'run.succeeded',
      ]),
    )
    await until('the farewell of the executor', async () => (await load(id)).sandbox?.state === 'gone')

    await world.runner.idle()
    const asApp = github.requests.filter((r) => r.token === 'installation' || r.token === 'app')
    // Looking for lost webhooks belongs to no Run.
    const calls = asApp.filter((r) => !r.path.startsWith('/app/hook/deliveries'))
    // The status comment moves on with a Run that takes longer, one edit in ten seconds.
    const edits = Math.floor((Date.parse(run.endedAt!) - Date.parse(run.createdAt)) / EDIT_EVERY_MS)
    expect(calls.length, calls.map((c) => `${c.method} ${c.path}`).join('\n')).toBeLessThanOrEqual(CALLS_MAX + edits)
  },
)
