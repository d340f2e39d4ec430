import { expect, onTestFinished, test } from 'vitest'

import { startLocalGitHub } from '../github/local-github.ts'
import { startOidcIssuer } from '../oidc/issuer.ts'
import { startRunner } from './runner.ts'
import { actionFiles, stepWorkflow } from './test-world.ts'

test('a dispatch over REST becomes a run, a job with its check run, and a job token that can read', async () => {
  const github = await startLocalGitHub()
  const oidc = await startOidcIssuer()
  const runner = await startRunner({ github, oidc })
  onTestFinished(async () => {
    for (const part of [runner, oidc, github]) await part[Symbol.asyncDispose]()
  })
  github.createUser({ login: 'octocat' })
  const main = `
    const { GITHUB_API_URL, GITHUB_REPOSITORY, INPUT_TOKEN } = process.env
    const headers = { authorization: 'Bearer ' + INPUT_TOKEN }
    const answer = await fetch(GITHUB_API_URL + '/repos/' + GITHUB_REPOSITORY + '/contents/README.md', { headers })
    console.log('READ ' + answer.status)`
  const manifest =
    'inputs:\n  token: {description: x, default: "${{ github.token }}"}\nruns: {using: node24, main: index.mjs}\n'
  await github.createRepository({
    owner: 'tools',
    name: 'kit',
    files: actionFiles('act', main, manifest),
    install: false,
  })
  await github.createRepository({
    owner: 'octocat',
    name: 'shop',
    private: true,
    files: {
      'README.md': '# Shop\n',
      '.github/workflows/ship.yml': stepWorkflow('main', 'permissions: {contents: read}'),
    },
  })
  const answer = await fetch(`${github.apiUrl}/repos/octocat/shop/dispatches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${github.createUserToken('octocat')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event_type: 'go', client_payload: { run_id: 'r_1' } }),
  })
  expect(answer.status).toBe(204)
  await runner.idle()
  const run = github.state.workflowRuns[0]!
  expect(run).toMatchObject({ displayTitle: 'run r_1', status: 'completed', conclusion: 'success' })
  expect(runner.log(run.id)).toContain('READ 200')
  const job = github.state.workflowJobs[0]!
  expect(job).toMatchObject({ runId: run.id, conclusion: 'success', runnerName: 'Local runner' })
  expect(github.state.checkRuns.find((check) => check.id === job.checkRunId)).toMatchObject({ conclusion: 'success' })
  expect(github.violations()).toEqual([])
})
