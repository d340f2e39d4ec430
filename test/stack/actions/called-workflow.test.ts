import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'

import { actionFiles, testWorld } from './test-world.ts'

const token = `
  const url = process.env.ACTIONS_ID_TOKEN_REQUEST_URL
  if (!url) { console.log('NO OIDC'); process.exit(0) }
  const headers = { authorization: 'Bearer ' + process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN }
  const { value } = await (await fetch(url + '&audience=app', { headers })).json()
  console.log('TOKEN ' + value)
  console.log('INPUT ' + process.env.INPUT_URL + ' ' + process.env.INPUT_KEY)`

const manifest = 'inputs:\n  url: {description: x}\n  key: {description: x}\nruns: {using: node24, main: index.mjs}\n'

function called(sha: string, permissions = '{contents: read, id-token: write}') {
  return `on:
  workflow_call:
    inputs:
      url: {type: string, default: 'http://default'}
    secrets:
      KEY: {required: true}
jobs:
  run:
    name: run \${{ github.event.client_payload.run_id }}
    runs-on: ubuntu-latest
    permissions: ${permissions}
    steps:
      - uses: tools/kit/act@${sha}
        with: {url: '\${{ inputs.url }}', key: '\${{ secrets.KEY }}'}
`
}

function caller(
  ref: string,
  rest = 'secrets: {KEY: "${{ secrets.OURS }}"}',
  permissions = '{contents: read, id-token: write}',
) {
  return `name: Deckhand
on: {repository_dispatch: {types: [go]}}
permissions: ${permissions}
jobs:
  run:
    uses: tools/kit/.github/workflows/run.yml@${ref}
    ${rest}
`
}

async function world(workflow: (actionSha: string) => string = called) {
  const { github, runner } = await testWorld({ secrets: { 'acme/shop': { OURS: 'sesame' } } })
  const actionSha = await github.commit('tools/kit', actionFiles('act', token, manifest))
  const workflowSha = await github.commit('tools/kit', { '.github/workflows/run.yml': workflow(actionSha) })
  const run = async (callerFile: string) => {
    await github.commit('acme/shop', { '.github/workflows/deckhand.yml': callerFile })
    github.dispatch('acme/shop', 'go', { run_id: 'r_1' })
    await runner.idle()
    return { record: github.state.workflowRuns[0]!, log: runner.log(900) }
  }
  return { github, runner, run, workflowSha }
}

test('a called workflow of another repository runs in the name of its caller', async () => {
  const { github, run, workflowSha } = await world()
  const { record, log } = await run(caller(workflowSha))
  expect(log).toContain('INPUT http://default ***')
  expect(record.conclusion).toBe('success')
  expect(github.jobs[0]!.name).toBe('run / run r_1')
  expect(decodeJwt(/TOKEN (\S+)/.exec(log)![1]!)).toMatchObject({
    aud: 'app',
    sub: 'repo:acme/shop:ref:refs/heads/main',
    repository_id: '101',
    run_id: '900',
    check_run_id: '500',
    event_name: 'repository_dispatch',
    workflow_ref: 'acme/shop/.github/workflows/deckhand.yml@refs/heads/main',
    workflow_sha: record.headSha,
    job_workflow_ref: `tools/kit/.github/workflows/run.yml@${workflowSha}`,
    job_workflow_sha: workflowSha,
    runner_environment: 'github-hosted',
    actor: 'deckhand[bot]',
  })
})

test('a branch as the reference is followed, and shows in the token as such', async () => {
  const { run, workflowSha } = await world()
  const { log } = await run(caller('main'))
  const { job_workflow_ref, job_workflow_sha } = decodeJwt(/TOKEN (\S+)/.exec(log)![1]!)
  expect(job_workflow_ref).toBe('tools/kit/.github/workflows/run.yml@refs/heads/main')
  expect(job_workflow_sha).toBe(workflowSha)
})

test('a called workflow cannot have more than its caller gives', async () => {
  const { run, workflowSha } = await world()
  const { record, log } = await run(caller(workflowSha, undefined, '{contents: read}'))
  expect(record.conclusion).toBe('startup_failure')
  expect(log).toContain("The nested job 'run' is requesting 'id-token: write', but is only allowed 'id-token: none'.")
})

test('without id-token: write a job cannot ask for a token', async () => {
  const { run, workflowSha } = await world((sha) => called(sha, '{contents: read}'))
  expect((await run(caller(workflowSha))).log).toContain('NO OIDC')
})

test.for([
  ['a missing secret', (sha: string) => caller(sha, 'with: {url: x}'), 'secret KEY is required, but not provided'],
  [
    'an unknown input',
    (sha: string) => caller(sha, 'secrets: {KEY: x}\n    with: {nope: x}'),
    'input nope is not defined',
  ],
  ['foreign inheritance', (sha: string) => caller(sha, 'secrets: inherit'), 'works only within one organization'],
  ['an unknown commit', () => caller('0'.repeat(40)), 'workflow was not found'],
  [
    'a faulty file',
    (sha: string) => caller(sha).replace('permissions:', 'permisions:'),
    "Unexpected value 'permisions'",
  ],
] as const)('%s is shown as a run that failed to start', async ([, file, sentence]) => {
  const { run, workflowSha } = await world()
  const { record, log } = await run(file(workflowSha))
  expect(record).toMatchObject({ status: 'completed', conclusion: 'startup_failure' })
  expect(log).toContain('Invalid workflow file')
  expect(log).toContain(sentence)
})

test.for([
  ['run:', '- run: echo', "does not support 'run:'"],
  ['services:', '- uses: tools/kit/act@main\n    services: {db: {image: mongo}}', "does not support 'services:'"],
  ['a matrix', '- uses: tools/kit/act@main\n    strategy: {matrix: {n: [1]}}', "does not support 'strategy:'"],
  ['a container', '- uses: tools/kit/act@main\n    container: node', "does not support 'container:'"],
] as const)('%s is refused by name', async ([, step, sentence]) => {
  const { run } = await world()
  const { record, log } = await run(
    `on: {repository_dispatch: {types: [go]}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      ${step}\n`,
  )
  expect(record.conclusion).toBe('startup_failure')
  expect(log).toContain(sentence)
})
