/** What every Run that succeeds leaves behind, whatever went wrong on its way. */
import { expect } from 'vitest'

import { REPOSITORY } from '../stack/world.ts'
import { git } from './git.ts'
import type { Stage } from './scenario.ts'

/** Everything that a Run leaves on GitHub is there, and there once. */
export async function expectOnce(stage: Stage, id: string): Promise<void> {
  const { world, until } = stage
  const { github } = world
  await until('the last word of the comment', () => stage.statusComments(id)[0]?.startsWith('🟢'))
  await until('the check run', () => github.state.checkRuns.some((check) => check.externalId === id))
  expect(stage.statusComments(id)).toHaveLength(1)
  expect(github.state.comments.filter(({ viaApp }) => viaApp === github.app.slug)).toHaveLength(1)
  expect(github.state.checkRuns.filter((check) => check.externalId === id)).toHaveLength(1)
  expect(github.state.pulls).toHaveLength(1)
  expect(github.state.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
  const { gitDir } = github.repository(REPOSITORY)
  const branch = (await git(gitDir, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/agent/')).trim()
  expect(branch.split('\n')).toHaveLength(1)
  expect(await git(gitDir, 'rev-list', '--count', `main..${branch}`)).toBe('1\n')
}
