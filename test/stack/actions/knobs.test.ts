import { strFromU8, unzipSync } from 'fflate'
import { expect, test, vi } from 'vitest'

import { actionFiles, runAction, stepWorkflow, testWorld } from './test-world.ts'
import { SOON } from '../soon.ts'

async function quickWorld(extra = '') {
  const world = await testWorld()
  const sha = await world.github.commit('tools/kit', actionFiles('act', "console.log('RAN')"))
  await world.github.commit('acme/shop', { '.github/workflows/ship.yml': stepWorkflow(sha, extra) })
  const go = () => world.github.dispatch('acme/shop', 'go', { run_id: 'r_1' })
  return { ...world, go }
}

test('while runners are busy a run stays queued', async () => {
  const { github, runner, go } = await quickWorld()
  runner.hold()
  go()
  await vi.waitFor(() => expect(github.jobs).toHaveLength(1), SOON)
  expect(github.history).toEqual(['queued'])
  expect(github.jobs[0]!.status).toBe('queued')
  runner.release()
  await runner.idle()
  expect(github.history).toEqual(['queued', 'in_progress', 'success'])
})

test('a queued run can be cancelled', async () => {
  const { github, runner, go } = await quickWorld()
  runner.hold()
  go()
  await vi.waitFor(() => expect(github.jobs).toHaveLength(1), SOON)
  github.cancel(900)
  await runner.idle()
  expect(github.history).toEqual(['queued', 'cancelled'])
})

test('a dispatch may be lost, and the next one not', async () => {
  const { github, runner, go } = await quickWorld()
  runner.lose(1)
  go()
  await runner.idle()
  expect(github.state.workflowRuns).toHaveLength(0)
  go()
  await runner.idle()
  expect(github.state.workflowRuns).toHaveLength(1)
})

test('a dispatch may start two runs; a concurrency group runs them one after the other', async () => {
  const { github, runner, go } = await quickWorld('concurrency: ship-${{ github.event.client_payload.run_id }}')
  runner.twice(1)
  go()
  await runner.idle()
  expect(github.state.workflowRuns.map((run) => run.conclusion)).toEqual(['success', 'success'])
  expect(github.history).toContain('pending')
  expect(github.history.filter((state) => state === 'in_progress' || state === 'success')).toEqual([
    'in_progress',
    'success',
    'in_progress',
    'success',
  ])
})

test('a newer waiting run takes the place of the one that waits', async () => {
  const { github, runner, go } = await quickWorld('concurrency: {group: ship, cancel-in-progress: false}')
  runner.hold()
  for (const count of [1, 2, 3]) {
    go()
    await vi.waitFor(() => expect(github.state.workflowRuns).toHaveLength(count), SOON)
  }
  runner.release()
  await runner.idle()
  expect(github.state.workflowRuns.map((run) => run.conclusion)).toEqual(['success', 'cancelled', 'success'])
})

test('a re-run is another attempt of the same run', async () => {
  const main = "console.log('ATTEMPT', process.env.GITHUB_RUN_ATTEMPT, process.env.GITHUB_RUN_ID)"
  const { github, runner } = await runAction(main)
  github.rerun(900)
  await runner.idle()
  expect(runner.log(900)).toContain('ATTEMPT 2 900')
  expect(github.state.workflowRuns).toHaveLength(1)
})

test('only a workflow of the default branch that listens for the type starts', async () => {
  const { github, runner } = await quickWorld()
  github.dispatch('acme/shop', 'other', {})
  await runner.idle()
  expect(github.state.workflowRuns).toHaveLength(0)
})

test('upload-artifact zips what the path names', async () => {
  const main = `
    import { mkdirSync, writeFileSync, appendFileSync } from 'node:fs'
    const dir = process.env.RUNNER_TEMP + '/out'
    mkdirSync(dir + '/deep', { recursive: true })
    writeFileSync(dir + '/a.txt', 'A')
    writeFileSync(dir + '/deep/b.txt', 'B')
    appendFileSync(process.env.GITHUB_OUTPUT, 'dir=' + dir + '\\n')`
  const step = `      - if: \${{ always() && steps.act.outputs.dir != '' }}
        uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a
        with: {name: 'left-\${{ github.event.client_payload.run_id }}', path: '\${{ steps.act.outputs.dir }}', retention-days: 7}
`
  const { github } = await runAction(main, { step })
  expect(github.artifacts.map((artifact) => artifact.name)).toEqual(['left-r_1'])
  const files = Object.entries(unzipSync(github.artifacts[0]!.zip)).map(([name, bytes]) => [name, strFromU8(bytes)])
  expect(files).toEqual([
    ['a.txt', 'A'],
    ['deep/b.txt', 'B'],
  ])
})

test('an action that is not there fails its job and says which', async () => {
  const { github, runner } = await testWorld()
  await github.commit('acme/shop', { '.github/workflows/ship.yml': stepWorkflow('0'.repeat(40)) })
  github.dispatch('acme/shop', 'go', {})
  await runner.idle()
  expect(github.history.at(-1)).toBe('failure')
  expect(runner.log(900)).toContain(`Unable to resolve action \`tools/kit@${'0'.repeat(40)}\``)
})
