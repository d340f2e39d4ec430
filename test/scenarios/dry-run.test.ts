/** A dry run: a person tries what an agent would do, and GitHub hears of it by the status comment alone. */
import { expect, test } from 'vitest'

import type { ChangesBody } from '../../app/contracts/api.ts'
import { verifyLedger } from '../../cli/ledger/verify.ts'
import { git } from '../support/git.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

test('/assign-agent dry-run does everything but push; a change that breaks a rule fails it all the same', async () => {
  const stage = await openStage()
  const { world, assign, ended, until, api } = stage
  const { github } = world
  const tried = await assign(world.openIssue(), '', 'dry-run')
  const refused = await assign(world.openIssue(), 'stub: edit .github/workflows/release.yml', 'dry-run')

  const run = await ended(tried.id)
  expect(run).toMatchObject({
    status: 'succeeded',
    reason: { code: 'dry_run' },
    dryRun: true,
    branch: null,
    pullRequest: null,
    git: { commits: 1, files: 1 },
  })
  expect(await ended(refused.id)).toMatchObject({ status: 'failed', reason: { code: 'protected_path' }, dryRun: true })

  await until('the last word', () =>
    stage.statusComments(tried.id)[0]?.startsWith('🟢 **stub** finished a dry run. Nothing was pushed. '),
  )
  const changes = (await (await api(`/api/runs/${tried.id}/changes`)).json()) as ChangesBody
  expect(changes).toMatchObject({
    from: 'proposal',
    commits: [{ sha: null }],
    files: [{ path: 'README.md', status: 'modified', additions: 1, deletions: 0 }],
    wouldOpen: { title: expect.stringMatching(/\(#\d+\)$/), body: expect.stringContaining('Closes #') },
  })
  expect(changes.files[0]!.patch).toMatch(/^@@ -\d.* @@\n[^]*\n\+[^\n]+$/)

  for (const { id } of [tried, refused]) {
    await until('the end of its sandbox', async () => (await stage.run(id)).sandbox?.state === 'gone')
    expect(verifyLedger(await (await api(`/api/runs/${id}/ledger`)).json())).toMatchObject({ ok: true })
  }
  await world.runner.idle()
  const { gitDir } = github.repository(REPOSITORY)
  expect(await git(gitDir, 'for-each-ref', '--format=%(refname)', 'refs/heads/')).toBe('refs/heads/main\n')
  expect(github.state.pulls).toEqual([])
  expect(github.state.checkRuns.filter(({ externalId }) => [tried.id, refused.id].includes(externalId))).toEqual([])
})
