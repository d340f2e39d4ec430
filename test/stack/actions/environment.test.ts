import { expect, test } from 'vitest'

import { runAction, testWorld, actionFiles } from './test-world.ts'

const manifest = `inputs:
  plain: {description: x}
  with-default: {description: x, default: '\${{ github.repository }}'}
outputs:
  answer: {description: x}
runs: {using: node24, main: index.mjs}
`

test('an action sees the environment of a hosted runner and nothing of ours', async () => {
  const main = `
    import { readFileSync } from 'node:fs'
    const event = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8'))
    console.log('SEEN ' + JSON.stringify({ ...process.env, event, cwd: process.cwd() }))`
  const { log, sha, github } = await runAction(
    main,
    { manifest, step: '        with: {plain: "x y"}\n' },
    { provisionEnv: { EXTRA: 'yes' } },
  )
  const seen = JSON.parse(/SEEN (.*)/.exec(log)![1]!) as Record<string, string>
  expect(seen).toMatchObject({
    INPUT_PLAIN: 'x y',
    'INPUT_WITH-DEFAULT': 'acme/shop',
    GITHUB_EVENT_NAME: 'repository_dispatch',
    GITHUB_RUN_ID: '900',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_REPOSITORY_ID: '101',
    GITHUB_SHA: github.state.workflowRuns[0]!.headSha,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_WORKFLOW: 'Ship',
    GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/ship.yml@refs/heads/main',
    GITHUB_JOB: 'work',
    GITHUB_ACTION: 'act',
    GITHUB_ACTION_REPOSITORY: 'tools/kit',
    GITHUB_ACTION_REF: sha,
    GITHUB_API_URL: 'http://127.0.0.1:9/api/v3',
    RUNNER_ENVIRONMENT: 'github-hosted',
    CI: 'true',
    EXTRA: 'yes',
    event: { action: 'go', client_payload: { run_id: 'r_1' } },
  })
  expect(seen['cwd']).toBe(seen['GITHUB_WORKSPACE'])
  expect(Object.keys(seen).filter((name) => /VITEST|^npm_|NODE_|ACTIONS_ID|TOKEN$/.test(name))).toEqual([])
  expect(github.state.workflowRuns[0]).toMatchObject({ displayTitle: 'run r_1', conclusion: 'success' })
  expect(github.history).toEqual(['queued', 'in_progress', 'success'])
  expect(github.jobs[0]).toMatchObject({ name: 'work', conclusion: 'success' })
  expect(github.jobs[0]!.steps.map((step) => [step.name, step.conclusion])).toEqual([
    ['Set up job', 'success'],
    [`Run tools/kit/act@${sha}`, 'success'],
    ['Complete job', 'success'],
  ])
})

test('outputs, state, environment and summary travel through their files', async () => {
  const { github, runner } = await testWorld()
  const write = `
    import { appendFileSync } from 'node:fs'
    appendFileSync(process.env.GITHUB_OUTPUT, 'answer<<E\\n4\\n2\\nE\\n')
    appendFileSync(process.env.GITHUB_STATE, 'started=12:00\\n')
    appendFileSync(process.env.GITHUB_ENV, 'LATER=on\\n')
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Done\\n')
    appendFileSync(process.env.GITHUB_PATH, '/opt/first\\n')`
  const read = `console.log('READ', JSON.stringify([process.env['INPUT_ANSWER'], process.env.LATER, process.env.PATH.split(':')[0]]))`
  const post = `console.log('POST', process.env.STATE_started, process.env.INPUT_ANSWER)`
  const sha = await github.commit('tools/kit', {
    ...actionFiles('write', write, 'runs: {using: node24, main: index.mjs, post: post.mjs}\n'),
    'write/post.mjs': post,
    ...actionFiles(
      'read',
      read,
      'inputs:\n  answer: {description: x}\nruns: {using: node24, main: index.mjs, post: post.mjs}\n',
    ),
    'read/post.mjs': `console.log('POST of the second', process.env.STATE_started)`,
  })
  await github.commit('acme/shop', {
    '.github/workflows/ship.yml': `on: {repository_dispatch: {types: [anything]}}
jobs:
  work:
    runs-on: ubuntu-latest
    outputs: {answer: '\${{ steps.write.outputs.answer }}'}
    steps:
      - {id: write, uses: 'tools/kit/write@${sha}'}
      - {uses: 'tools/kit/read@${sha}', with: {answer: '\${{ steps.write.outputs.answer }}!'}}
  after:
    needs: work
    runs-on: ubuntu-latest
    if: needs.work.outputs.answer == '4'
    steps: [{uses: 'tools/kit/read@${sha}'}]
`,
  })
  github.dispatch('acme/shop', 'anything', {})
  await runner.idle()
  const said = runner
    .log(900)
    .split('\n')
    .map((line) => line.slice(25))
    .filter((line) => /^(READ|POST)/.test(line))
  expect(said).toEqual(['READ ["4\\n2!","on","/opt/first"]', 'POST of the second undefined', 'POST 12:00 undefined'])
  expect(runner.summary(900)).toBe('# Done\n')
  expect(github.jobs.map((job) => [job.name, job.conclusion])).toEqual([
    ['work', 'success'],
    ['after', 'skipped'],
  ])
  expect(github.state.workflowRuns[0]!.displayTitle).toBe('anything')
})

test('a step that fails fails its job, and the error is on the page', async () => {
  const main = `console.log('::error title=Broken::It broke'); process.exitCode = 3`
  const { github, runner } = await runAction(main, {
    step: '      - {if: success(), uses: tools/kit/act@main}\n      - {if: failure(), id: told, uses: tools/kit/act@main, continue-on-error: true}\n',
  })
  expect(github.history.at(-1)).toBe('failure')
  expect(github.jobs[0]!.steps.map((step) => step.conclusion)).toEqual([
    'success',
    'failure',
    'skipped',
    'success',
    'success',
  ])
  expect(runner.annotations(900)[0]).toMatchObject({ level: 'error', title: 'Broken', message: 'It broke' })
  expect(runner.log(900)).toContain('Process completed with exit code 3')
})

test('secrets and the token are masked, and the token has just the permissions of the job', async () => {
  const main = `console.log('the', process.env.INPUT_KEY, process.env.INPUT_TOKEN)`
  const inputs =
    'inputs:\n  key: {description: x}\n  token: {description: x, default: "${{ github.token }}"}\nruns: {using: node24, main: index.mjs}\n'
  const { log, github } = await runAction(
    main,
    {
      manifest: inputs,
      extra: 'permissions: {contents: read, pull-requests: write}',
      step: '        with: {key: "${{ secrets.KEY }}"}\n',
    },
    { secrets: { 'acme/shop': { KEY: 'sesame' }, 'acme/other': { KEY: 'other' } } },
  )
  expect(log).toContain('the *** ***')
  expect(log).not.toMatch(/sesame|ghs_/)
  expect(github.tokens).toEqual([
    { repository: 'acme/shop', permissions: { metadata: 'read', contents: 'read', pull_requests: 'write' } },
  ])
})
