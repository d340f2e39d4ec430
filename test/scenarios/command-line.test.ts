/** The command line against the real app: assign and follow to the pull request, read the logs, and what goes wrong. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import { deckhand } from '../support/deckhand.ts'
import { REPOSITORY } from '../stack/world.ts'

test('deckhand assigns, follows, lists and shows the logs; its exit code tells how it went', async () => {
  const { world } = await openStage()
  const env = { DECKHAND_URL: world.appUrl, DECKHAND_TOKEN: world.apiToken }
  const issue = `${REPOSITORY}#${world.openIssue()}`

  const assigned = await deckhand(env, 'assign', issue, '--follow', '--json')
  expect(assigned).toMatchObject({ code: 0, err: '' })
  const run = JSON.parse(assigned.out) as { id: string; status: string; pullRequest: { url: string } }
  expect(run).toMatchObject({ status: 'succeeded', pullRequest: { url: expect.stringContaining('/pull/') } })

  expect((await deckhand(env, 'runs')).out).toContain(`${run.id}  Succeeded`)
  expect((await deckhand(env, 'run', run.id)).out).toContain(run.pullRequest.url)
  expect((await deckhand(env, 'logs', run.id, '-f')).out).toContain('Step 1 of 3')

  const failed = await deckhand(
    env,
    'assign',
    `${REPOSITORY}#${world.openIssue('Another')}`,
    '--follow',
    '--message',
    'stub: fail',
  )
  expect(failed.code).toBe(1)
  expect(failed.out).toContain('Failed')

  expect(await deckhand(env, 'cancel', run.id)).toMatchObject({
    code: 2,
    err: expect.stringContaining('already ended'),
  })
  expect(await deckhand({ ...env, DECKHAND_TOKEN: 'wrong' }, 'runs')).toMatchObject({ code: 3 })
  expect(await deckhand({ ...env, DECKHAND_URL: 'http://127.0.0.1:9' }, 'runs')).toMatchObject({ code: 4 })
  expect(await deckhand(env, 'assign', 'nonsense')).toMatchObject({
    code: 2,
    err: expect.stringContaining('owner/name#number'),
  })
  expect(await deckhand(env, 'dance')).toMatchObject({ code: 2, err: expect.stringContaining('Known: runs') })
})
