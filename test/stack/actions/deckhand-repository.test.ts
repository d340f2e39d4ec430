import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import { actionSourcesDigest } from '../../../scripts/action-digest.ts'
import { publishDeckhand } from './deckhand-repository.ts'
import { git, readBlob } from './git.ts'
import { testWorld } from './test-world.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const dist = 'actions/run-agent/dist'

/** A checkout of what is published, with a bundle that only says hello, committed. */
async function checkout() {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-checkout-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const path of ['actions/run-agent/action.yml', 'app/contracts/ids.ts', '.github', 'package-lock.json']) {
    await cp(join(root, path), join(folder, path), { recursive: true })
  }
  await mkdir(join(folder, dist), { recursive: true })
  await writeFile(join(folder, dist, 'index.js'), "console.log('HELLO FROM HEAD', process.env['INPUT_E2B-API-URL'])")
  await writeFile(join(folder, dist, 'post.js'), "console.log('POST')")
  await writeFile(join(folder, dist, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, dist, 'SOURCES.sha256'), `${actionSourcesDigest(folder)}\n`)
  const as = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@example.test']
  await git(['-C', folder, 'init', '--quiet', '--initial-branch=main'])
  await git(['-C', folder, 'add', '--all'])
  await git(['-C', folder, ...as, 'commit', '--quiet', '-m', 'All files'])
  return folder
}

/** The two acts of the local GitHub that publishing needs, and the runner over it. */
async function world() {
  const { github, runner } = await testWorld()
  const find = (name: string) => github.state.repositories.find((entry) => entry.fullName === name)!
  const people = {
    createRepository: async (made: { owner: string; name: string; files: Record<string, string> }) => {
      await github.commit(`${made.owner}/${made.name}`, made.files)
      return find(`${made.owner}/${made.name}`)
    },
    push: (pushed: { repository: string; files: Record<string, string | null> }) =>
      github.commit(pushed.repository, pushed.files),
  }
  return { github, runner, people, find }
}

test('what is published is HEAD, pinned twice, and the caller file runs it', async () => {
  const folder = await checkout()
  await writeFile(join(folder, dist, 'index.js'), "console.log('HELLO FROM THE WORKTREE')")
  const { github, runner, people, find } = await world()
  const published = await publishDeckhand(people, { root: folder, inputs: { 'e2b-api-url': 'http://127.0.0.1:1' } })
  const { gitDir } = find('deckhand/deckhand')
  const workflow = await readBlob(gitDir, published.workflowSha, '.github/workflows/run-agent.yml')
  expect(workflow).toContain(`uses: deckhand/deckhand/actions/run-agent@${published.actionSha}`)
  expect(published.callerFile).toContain(`/run-agent.yml@${published.workflowSha}`)
  await github.commit('acme/shop', { '.github/workflows/deckhand.yml': published.callerFile })
  github.dispatch('acme/shop', 'deckhand.run', { run_id: 'r_1' })
  await runner.idle()
  expect(runner.log(900)).toContain('HELLO FROM HEAD http://127.0.0.1:1')
  expect(github.jobs[0]).toMatchObject({ name: 'run / run r_1', conclusion: 'success' })
  expect(github.jobs[0]!.steps.map((step) => step.conclusion)).toEqual([
    'success',
    'success',
    'skipped',
    'success',
    'success',
  ])
})

test('the working tree is published when that is asked for', async () => {
  const folder = await checkout()
  await writeFile(join(folder, dist, 'index.js'), "console.log('HELLO FROM THE WORKTREE')")
  const { people, find } = await world()
  const { actionSha } = await publishDeckhand(people, { root: folder, worktree: true })
  const { gitDir } = find('deckhand/deckhand')
  expect(await readBlob(gitDir, actionSha, `${dist}/index.js`)).toContain('WORKTREE')
})

test('a bundle that was built from other sources is refused', async () => {
  const folder = await checkout()
  await writeFile(join(folder, 'app/contracts/ids.ts'), 'export {}')
  const { people } = await world()
  await expect(publishDeckhand(people, { root: folder, worktree: true })).rejects.toThrow(
    'actions/run-agent/dist was not built from these sources. Run "npm run build:action" and commit it.',
  )
})
