/** Comments, reactions and labels against the local GitHub. */
import { describe, expect, test } from 'vitest'

import { openWorld, portOf, runId } from '../../test/stack/github-world.ts'
import type { World } from '../../test/stack/github-world.ts'

describe('comments', () => {
  const body = (text: string, seq: number): string => `${text}\n\n<!-- deckhand:v1 run=${runId} seq=${seq} -->`
  const marker = `<!-- deckhand:v1 run=${runId} seq=`
  const bodies = (w: World): string[] => w.local.state.comments.map((c) => c.body)

  test('the status comment is made once, edited in place, and not sent when what people see is the same', async () => {
    await using w = await openWorld()
    const say = (text: string, seq: number, commentId: number | null, retried = false) =>
      w.github.upsertStatusComment(w.repo, w.issue, { body: body(text, seq), commentId, marker, retried, since: 0 })
    const first = await say('queued', 1, null)
    expect(first).toMatchObject({ url: expect.stringContaining('#issuecomment-') })
    const id = (first as { commentId: number }).commentId
    expect(await say('queued', 1, null, true)).toEqual(first)

    w.local.clearRequests()
    expect(await say('queued', 4, id)).toEqual(first)
    expect(w.local.requests.map((r) => r.method)).toEqual(['GET'])
    w.local.clearRequests()
    await say('running', 5, id)
    expect(w.local.requests.map((r) => r.method)).toEqual(['PATCH'])
    expect(bodies(w)).toEqual([body('running', 5)])
  })

  test('a late worker does not overwrite a newer text, not even from another process', async () => {
    await using w = await openWorld()
    const posted = await w.github.upsertStatusComment(w.repo, w.issue, {
      body: body('done', 9),
      commentId: null,
      marker,
      retried: false,
      since: 0,
    })
    const { commentId } = posted as { commentId: number }
    const late = { body: body('queued', 2), commentId, marker, retried: true, since: 0 }
    await w.github.upsertStatusComment(w.repo, w.issue, late)
    await portOf(w.local).upsertStatusComment(w.repo, w.issue, late)
    expect(bodies(w)).toEqual([body('done', 9)])
  })

  test('what this process sent is sent again where another process wrote something else meanwhile', async () => {
    await using w = await openWorld()
    const other = portOf(w.local)
    const spec = { marker, retried: false, since: 0 }
    const working = { ...spec, body: body('Step 4 of 6', 5), commentId: null }
    const { commentId } = (await w.github.upsertStatusComment(w.repo, w.issue, working)) as { commentId: number }
    await other.upsertStatusComment(w.repo, w.issue, { ...spec, body: body('Paused', 9), commentId })
    // A late worker of the first process changes nothing, though the text that this process remembers is an older one.
    await w.github.upsertStatusComment(w.repo, w.issue, { ...working, commentId, body: body('Step 4 of 6', 7) })
    expect(bodies(w)).toEqual([body('Paused', 9)])
    await w.github.upsertStatusComment(w.repo, w.issue, { ...working, commentId, body: body('Step 4 of 6', 14) })
    expect(bodies(w)).toEqual([body('Step 4 of 6', 14)])
  })

  test('a text that a process remembers as newer is not believed to stand: it looks before it keeps an edit back', async () => {
    await using w = await openWorld()
    const spec = { marker, retried: false, since: 0 }
    const done = { ...spec, body: body('done', 9), commentId: null }
    const { commentId } = (await w.github.upsertStatusComment(w.repo, w.issue, done)) as { commentId: number }
    await w.github.editComment(w.repo, commentId, body('queued', 2))
    await w.github.upsertStatusComment(w.repo, w.issue, { ...spec, body: body('running', 5), commentId })
    expect(bodies(w)).toEqual([body('running', 5)])
  })

  test('a deleted one is gone and stays gone', async () => {
    await using w = await openWorld()
    const spec = { body: body('a', 1), marker, retried: false, since: 0 }
    const posted = await w.github.upsertStatusComment(w.repo, w.issue, { ...spec, commentId: null })
    const { commentId } = posted as { commentId: number }
    w.local.deleteComment({ id: commentId, by: 'octocat' })
    const again = { ...spec, body: body('b', 2), commentId }
    expect(await w.github.upsertStatusComment(w.repo, w.issue, again)).toBe('gone')
    expect(await portOf(w.local).upsertStatusComment(w.repo, w.issue, again)).toBe('gone')
  })

  test('a notice whose answer was lost is found by its mark; a person cannot forge it', async () => {
    await using w = await openWorld()
    const notice = { body: 'failed\n\n<!-- mark -->', marker: '<!-- mark -->', retried: false, since: Date.now() }
    w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: 'mine <!-- mark -->' })
    w.local.faults.failNext({ method: 'POST', path: /comments$/, status: 502, apply: 'after' })
    await expect(w.github.postNotice(w.repo, w.issue, notice)).rejects.toMatchObject({ kind: 'unavailable' })
    await w.github.postNotice(w.repo, w.issue, { ...notice, retried: true })
    expect(bodies(w)).toEqual(['mine <!-- mark -->', notice.body])
    const own = await w.github.ownComments(w.repo, w.issue, 0)
    expect(own.map((c) => c.body)).toEqual([notice.body])
    await w.github.minimizeComments(
      w.repo,
      own.map((c) => c.nodeId),
    )
    expect(w.local.state.comments.at(-1)).toMatchObject({ minimized: 'outdated' })
  })

  test('reactions, labels and the issue itself', async () => {
    await using w = await openWorld()
    const asked = w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: '/assign-agent' })
    await w.github.addReaction(w.repo, asked.id, 'eyes')
    await w.github.addReaction(w.repo, asked.id, 'eyes')
    expect(w.local.state.reactions).toHaveLength(1)
    await w.github.addReaction(w.repo, 999_999, 'eyes')
    await w.github.addLabels(w.repo, w.issue, [{ name: 'agent', color: '0969da', description: 'x' }])
    expect(await w.github.issue(w.repo, w.issue)).toMatchObject({
      state: 'open',
      labels: ['agent'],
      isPullRequest: false,
      isBlocked: false,
    })
    await w.github.removeLabel(w.repo, w.issue, 'agent')
    await w.github.removeLabel(w.repo, w.issue, 'agent')
    await expect(w.github.issue(w.repo, 999)).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('a label is made with its colour when first used, and never recoloured', async () => {
    await using w = await openWorld()
    const label = { name: 'agent-pr', color: '8250df', description: 'Opened by an agent' }
    const colours = () => w.local.repository('acme/shop').labels.flatMap((l) => (l.name === label.name ? l.color : []))
    await w.github.addLabels(w.repo, w.issue, [label])
    expect(colours()).toEqual(['8250df'])
    w.local.clearRequests()
    await w.github.addLabels(w.repo, w.issue, [{ ...label, color: '000000' }])
    await portOf(w.local).addLabels(w.repo, w.issue, [{ ...label, color: '000000' }])
    expect(colours()).toEqual(['8250df'])
    // A process that knows the label does not ask again; another one is refused once.
    const tries = w.local.requests.filter(({ path, method }) => method === 'POST' && path.endsWith('/shop/labels'))
    expect(tries.map(({ status }) => status)).toEqual([422])
  })
})
