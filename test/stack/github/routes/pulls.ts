/** Pull requests. */
import { editIssue, setIssueState } from '../acts/issues.ts'
import { mergePull } from '../acts/merge.ts'
import { mergeable, openPull, requestReviewers } from '../acts/pulls.ts'
import { actorOf } from '../auth.ts'
import { notFound, unprocessable } from '../errors.ts'
import { diffFiles, listCommits, mergeBase, unifiedDiff } from '../git/history.ts'
import type { PullRecord } from '../records.ts'
import {
  byState,
  created,
  listAnswer,
  numberOf,
  ok,
  onRepository,
  optionalText,
  reads,
  required,
  text,
  writes,
} from '../route.ts'
import type { Answer, RepositoryCall, Routes } from '../route.ts'
import { commitView, fileView } from '../views/git.ts'
import { pullView, simplePullView } from '../views/pull.ts'

function pullOf(call: RepositoryCall): PullRecord {
  const found = call.world.findPull(call.repository.id, numberOf(call, 'pull_number'))
  if (!found) throw notFound()
  return found
}

function list(call: RepositoryCall) {
  const { world, repository, query } = call
  const head = text(query['head'])
  const base = text(query['base'])
  const label = (p: PullRecord) => `${repository.owner}:${p.headRef}`.toLowerCase()
  const all = [...world.pulls.values()]
    .filter((p) => p.repositoryId === repository.id)
    // GitHub ignores a filter without its owner, which surprises everybody once.
    .filter((p) => !head.includes(':') || label(p) === head.toLowerCase())
    .filter((p) => base === '' || p.baseRef === base)
    .map((pull) => ({ pull, state: world.issue(repository.id, pull.number).state }))
  const found = byState(call, all).map(({ pull }) => pull)
  return listAnswer(call, query['direction'] === 'asc' ? found : found.toReversed(), (p) => simplePullView(world, p))
}

async function create(call: RepositoryCall) {
  const { world, repository, body } = call
  const pull = await openPull(world, actorOf(world, call.principal), repository, {
    title: required(call, 'PullRequest', 'title'),
    body: optionalText(body['body']) ?? null,
    head: text(body['head']),
    base: text(body['base']),
    draft: body['draft'] === true,
    maintainerCanModify: body['maintainer_can_modify'] === true,
  })
  const view = pullView(world, pull, null)
  return created(view, view['url'])
}

async function get(call: RepositoryCall): Promise<Answer> {
  const pull = pullOf(call)
  if (/\bdiff\b/.test(call.accept)) {
    const from = await mergeBase(call.repository.gitDir, pull.baseSha, pull.headSha)
    const bytes = await unifiedDiff(call.repository.gitDir, from ?? pull.baseSha, pull.headSha)
    return { status: 200, raw: { type: 'application/vnd.github.diff; charset=utf-8', bytes } }
  }
  return ok(pullView(call.world, pull, await mergeable(call.world, pull)))
}

async function update(call: RepositoryCall) {
  const { world, repository, body } = call
  const pull = pullOf(call)
  const issue = world.issue(repository.id, pull.number)
  const actor = actorOf(world, call.principal)
  editIssue(world, actor, issue, { title: optionalText(body['title']), body: optionalText(body['body']) })
  if (pull.merged && body['state'] === 'open') throw unprocessable('Cannot reopen a merged pull request.')
  if (body['state'] === 'open' || body['state'] === 'closed') setIssueState(world, actor, issue, body['state'])
  if (typeof body['base'] === 'string') pull.baseRef = body['base']
  return ok(pullView(world, pull, await mergeable(world, pull)))
}

async function merge(call: RepositoryCall) {
  const { world, body } = call
  const sha = optionalText(body['sha'])
  const title = optionalText(body['commit_title'])
  const wanted = { ...(sha === undefined ? {} : { sha }), ...(title === undefined ? {} : { title }) }
  const commit = await mergePull(world, actorOf(world, call.principal), pullOf(call), wanted)
  return ok({ sha: commit, merged: true, message: 'Pull Request successfully merged' })
}

async function files(call: RepositoryCall) {
  const pull = pullOf(call)
  const from = await mergeBase(call.repository.gitDir, pull.baseSha, pull.headSha)
  const found = await diffFiles(call.repository.gitDir, from, pull.headSha)
  return listAnswer(call, found, (file) => fileView(call.world, call.repository, pull.headSha, file))
}

async function commits(call: RepositoryCall) {
  const pull = pullOf(call)
  const found = await listCommits(call.repository.gitDir, pull.headSha, { base: pull.baseSha })
  return listAnswer(call, found.toReversed(), (commit) => commitView(call.world, call.repository, commit))
}

const base = '/repos/{owner}/{repo}/pulls'
export const pullRoutes: Routes = {
  [`GET ${base}`]: onRepository(reads('pull_requests'), list),
  [`POST ${base}`]: onRepository({ ...writes('pull_requests'), role: 'read' }, create),
  [`GET ${base}/{pull_number}`]: onRepository(reads('pull_requests'), get),
  [`PATCH ${base}/{pull_number}`]: onRepository(writes('pull_requests'), update),
  [`GET ${base}/{pull_number}/files`]: onRepository(reads('pull_requests'), files),
  [`GET ${base}/{pull_number}/commits`]: onRepository(reads('pull_requests'), commits),
  [`GET ${base}/{pull_number}/merge`]: onRepository(reads('pull_requests'), (call) => {
    if (!pullOf(call).merged) throw notFound()
    return { status: 204 }
  }),
  [`PUT ${base}/{pull_number}/merge`]: onRepository(writes('contents'), merge),
  [`POST ${base}/{pull_number}/requested_reviewers`]: onRepository(writes('pull_requests'), (call) => {
    const pull = pullOf(call)
    const logins = (call.body['reviewers'] ?? []) as string[]
    requestReviewers(call.world, actorOf(call.world, call.principal), pull, logins)
    return { status: 201, body: simplePullView(call.world, pull) }
  }),
}
