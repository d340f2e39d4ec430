/** Webhooks that never arrived: GitHub keeps them and sends them again when asked, and each starts its Run once. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, onTestFinished, test } from 'vitest'

import { openStage } from '../support/scenario.ts'

test('a webhook that GitHub could not deliver, or that was answered 503, still starts its Run, once', async () => {
  const { world, assign, runsOf, until } = await openStage({ settings: { SWEEP_INTERVAL_MS: '500' } })
  const { github } = world
  const of = (issue: number) => github.deliveries.list().filter((d) => d.event === 'issue_comment' && names(d, issue))

  const dropped = world.openIssue('Lost on the way')
  github.deliveries.setMode({ mode: 'drop', events: ['issue_comment'], times: 1 })
  const first = await assign(dropped)
  github.deliveries.setMode({ mode: 'normal' })

  const refused = world.openIssue('Answered with 503')
  github.setWebhookUrl(await answerOnce(503, () => github.setWebhookUrl(`${world.appUrl}/api/github/webhooks`)))
  const second = await assign(refused)

  // The app's own comments arrive as webhooks as well; those that people wrote were tried twice and no oftener.
  for (const [issue, code] of [
    [dropped, 502],
    [refused, 503],
  ] as const) {
    const tries = await until('the second try', () => {
      const found = of(issue).filter((d) => d.body.includes('/assign-agent\\n'))
      return found.length === 2 && found.every((d) => d.state === 'done') ? found : null
    })
    expect(tries.map((d) => [d.statusCode, d.redelivery])).toEqual([
      [code, false],
      [202, true],
    ])
    expect(new Set(tries.map((d) => d.guid)).size).toBe(1)
  }
  expect((await runsOf(dropped)).map((r) => r.id)).toEqual([first.id])
  expect((await runsOf(refused)).map((r) => r.id)).toEqual([second.id])
  expect(github.violations()).toEqual([])
})

function names(delivery: { body: string }, issue: number): boolean {
  return (JSON.parse(delivery.body) as { issue: { number: number } }).issue.number === issue
}

/** A server that answers one webhook with this code, after which GitHub is told the right address again. */
async function answerOnce(code: number, then: () => void): Promise<string> {
  const server = createServer((request, response) => {
    then()
    request.resume().on('end', () => response.writeHead(code).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
