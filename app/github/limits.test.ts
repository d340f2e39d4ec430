/** GitHub's limits (trust.md R9): the port over the local GitHub on a clock that the test moves, told by its own record. */
import { expect, onTestFinished, test } from 'vitest'

import { testDatabase } from '../../test/stack/mongo/test-database.ts'
import { portOf, runId } from '../../test/stack/github-world.ts'
import { startLocalGitHub } from '../../test/stack/github/local-github.ts'
import { openShop } from '../../test/stack/github/testing.ts'
import type { LocalGitHub } from '../../test/stack/github/types.ts'
import { connect } from '../store/connect.ts'
import { contentCounter } from '../store/content-counter.ts'
import { Budget, createsContent } from './budget.ts'
import { GitHubError } from './errors.ts'
import type { GitHubPort } from './port.ts'

const MINUTE_MS = 60_000
const START = Date.now()

async function openOffice() {
  let now = START
  const clock = { now: () => now, pass: (ms: number) => (now += ms) }
  const local = await startLocalGitHub({ now: clock.now })
  onTestFinished(() => local[Symbol.asyncDispose]())
  await openShop(local)
  const uri = testDatabase()
  const connections = await Promise.all([connect(uri), connect(uri), connect(uri)])
  onTestFinished(async () => void (await Promise.all(connections.map((connection) => connection.close()))))
  const replicas = connections.map((connection) =>
    portOf(local, undefined, new Budget(contentCounter(connection), clock.now)),
  )
  const repo = (await replicas[0]!.repository('acme', 'shop'))!
  const issue = local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Broken', body: 'Fix it' }).number
  return { local, clock, replicas, repo, issue }
}

type Job = (github: GitHubPort, retried: boolean) => Promise<unknown>

/** Does what the effect loop does: all that is due at once, each put off for as long as it was told. */
async function workOff(
  jobs: readonly Job[],
  replicas: readonly GitHubPort[],
  clock: { now(): number; pass(ms: number): void },
) {
  let waiting = jobs.map((job, n) => ({ job, n, at: clock.now(), tries: 0 }))
  while (waiting.length > 0) {
    const due = waiting.filter(({ at }) => at <= clock.now())
    await Promise.all(
      due.map(async (each) => {
        try {
          await each.job(replicas[each.n % replicas.length]!, each.tries++ > 0)
          waiting = waiting.filter((other) => other !== each)
        } catch (error) {
          if (!(error instanceof GitHubError) || (error.kind !== 'rate_limited' && error.kind !== 'unavailable'))
            throw error
          each.at = clock.now() + (error.retryAfterMs ?? 1_000)
        }
      }),
    )
    if (waiting.length > 0) clock.pass(Math.max(0, Math.min(...waiting.map(({ at }) => at)) - clock.now()))
  }
}

/** The most that any minute saw. */
function busiestMinute(calls: readonly { at: number; weight: number }[]): number {
  return Math.max(
    0,
    ...calls.map(({ at: end }) =>
      calls.filter(({ at }) => at <= end && at > end - MINUTE_MS).reduce((sum, { weight }) => sum + weight, 0),
    ),
  )
}

function told(local: LocalGitHub) {
  const calls = local.requests.filter((call) => call.token === 'installation')
  const content = calls.filter(({ method, template }) => createsContent({ method, route: template ?? '' }))
  return {
    calls,
    content: content.map(({ at }) => ({ at, weight: 1 })),
    points: calls.map(({ at, method }) => ({ at, weight: method === 'GET' ? 1 : 5 })),
  }
}

test('R9: 170 comments of three replicas, with 5xx after applying: never over the limits, each comment once', async () => {
  const { local, clock, replicas, repo, issue } = await openOffice()
  local.faults.failNext({ method: 'POST', path: /\/comments$/, status: 502, apply: 'after', times: 5 })
  const jobs = Array.from({ length: 170 }, (_, n): Job => {
    const marker = `<!-- ${runId} ${n} -->`
    return (github, retried) =>
      github.postNotice(repo, issue, { body: `Notice ${n}\n${marker}`, marker, retried, since: START })
  })
  await workOff(jobs, replicas, clock)
  const { content, points } = told(local)
  expect(content.filter(({ at }) => at === START)).toHaveLength(80)
  expect(busiestMinute(content)).toBe(80)
  expect(busiestMinute(points)).toBeLessThanOrEqual(900)
  const bodies = local.state.comments.map((comment) => comment.body)
  expect(bodies).toHaveLength(170)
  expect(new Set(bodies).size).toBe(170)
  expect(clock.now() - START).toBeLessThan(4 * MINUTE_MS)
  expect(local.violations()).toEqual([])
})

test('R9: Retry-After holds for every call of the installation, to the second', async () => {
  const { local, clock, replicas, repo, issue } = await openOffice()
  const [github] = replicas
  await github!.issue(repo, issue)
  local.faults.secondaryLimit({ retryAfterSeconds: 37, times: 1 })
  local.clearRequests()
  const comment = { body: 'x', marker: 'x', retried: false, since: START }
  const refused = await github!.postNotice(repo, issue, comment).catch((error: GitHubError) => error)
  expect(refused).toMatchObject({ kind: 'rate_limited', retryAfterMs: 37_000 })
  const toldAt = clock.now()
  clock.pass(36_999)
  await expect(github!.issue(repo, issue)).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 1 })
  await workOff([(port) => port.postNotice(repo, issue, comment), (port) => port.issue(repo, issue)], [github!], clock)
  expect(local.requests.filter((call) => call.at > toldAt).map((call) => call.at - toldAt)).toEqual([37_000, 37_000])
  expect(local.state.comments).toHaveLength(1)
})

test('R9: what GitHub told one replica keeps every other one from creating anything, a fresh one too', async () => {
  const { local, clock, replicas, repo, issue } = await openOffice()
  local.faults.secondaryLimit({ retryAfterSeconds: 37, times: 1 })
  const comment = { body: 'x', marker: 'x', retried: false, since: START }
  await expect(replicas[0]!.postNotice(repo, issue, comment)).rejects.toMatchObject({ retryAfterMs: 37_000 })
  clock.pass(36_999)
  await expect(replicas[1]!.postNotice(repo, issue, comment)).rejects.toMatchObject({ retryAfterMs: 1 })
  clock.pass(1)
  await replicas[1]!.postNotice(repo, issue, comment)
  expect(local.state.comments).toHaveLength(1)
})

test('R9: points stay inside each replica’s third', async () => {
  const { local, clock, replicas, repo, issue } = await openOffice()
  const jobs = Array.from({ length: 700 }, (): Job => (github) => github.issue(repo, issue))
  await workOff(jobs, [replicas[0]!], clock)
  const { points } = told(local)
  expect(points.length).toBeGreaterThanOrEqual(700)
  expect(busiestMinute(points)).toBeLessThanOrEqual(300)
})

test('R9: at most a third of the 100 concurrent calls are one replica’s; the next waits for a place', async () => {
  const budget = new Budget({ takeContent: async () => 0, blockContent: async () => {} }, () => START)
  const gate = Promise.withResolvers<void>()
  const call = { method: 'GET', route: '/repos/{owner}/{repo}' }
  const spent = Array.from({ length: 43 }, () => budget.spend(5, call, () => gate.promise))
  const refused = await Promise.allSettled(spent.slice(33))
  expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'))
  await budget.spend(6, call, async () => {})
  gate.resolve()
  await Promise.all(spent.slice(0, 33))
  await budget.spend(5, call, async () => {})
})
