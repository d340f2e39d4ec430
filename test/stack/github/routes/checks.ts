/** Check runs. */
import { createCheckRun, updateCheckRun } from '../acts/checks.ts'
import type { CheckChange } from '../acts/checks.ts'
import { actorOf } from '../auth.ts'
import { notByIntegration, notFound, unprocessable } from '../errors.ts'
import { resolveCommit } from '../git/objects.ts'
import type { CheckRunRecord } from '../records.ts'
import {
  countedAnswer,
  created,
  listAnswer,
  numberOf,
  ok,
  onRepository,
  optionalText,
  reads,
  text,
  writes,
} from '../route.ts'
import type { RepositoryCall, Routes } from '../route.ts'
import { checkRunView } from '../views/checks.ts'
import type { Json } from '../views/common.ts'

const ACTIONS_MAX = 3
const writeChecks = { ...writes('checks'), appsOnly: true }

function given(call: RepositoryCall, known?: CheckRunRecord): CheckChange {
  const { body } = call
  const output = body['output'] as { title?: string; summary?: string; text?: string; annotations?: Json[] } | undefined
  const actions = body['actions'] as CheckRunRecord['actions'] | undefined
  if (actions && actions.length > ACTIONS_MAX) throw unprocessable(`No more than ${ACTIONS_MAX} actions are allowed.`)
  if (body['status'] === 'completed' && !body['conclusion']) {
    throw unprocessable('Invalid request.\n\nMissing required keys: conclusion.')
  }
  const time = (key: string) => (typeof body[key] === 'string' ? Date.parse(body[key]) : undefined)
  const change: Record<keyof CheckChange, unknown> = {
    name: optionalText(body['name']),
    externalId: optionalText(body['external_id']),
    detailsUrl: optionalText(body['details_url']),
    status: optionalText(body['status']),
    conclusion: optionalText(body['conclusion']),
    startedAt: time('started_at'),
    completedAt: time('completed_at'),
    // An update replaces the words and adds the annotations.
    output: output && {
      title: output.title ?? known?.output.title ?? null,
      summary: output.summary ?? null,
      text: output.text ?? null,
    },
    annotations: output?.annotations && [...(known?.annotations ?? []), ...output.annotations],
    actions,
  }
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as CheckChange
}

async function create(call: RepositoryCall) {
  const { world, repository, body } = call
  const sha = await resolveCommit(repository.gitDir, text(body['head_sha']))
  if (sha === null) throw unprocessable(`No commit found for SHA: ${text(body['head_sha'])}`)
  const actor = actorOf(world, call.principal)
  const check = createCheckRun(world, actor, repository, {
    ...given(call),
    appSlug: actor.viaApp ?? world.app.slug,
    name: text(body['name']),
    headSha: sha,
  })
  const view = checkRunView(world, check)
  return created(view, view['url'])
}

function checkOf(call: RepositoryCall): CheckRunRecord {
  const found = call.world.checkRuns.get(numberOf(call, 'check_run_id'))
  if (!found || found.repositoryId !== call.repository.id) throw notFound()
  return found
}

function update(call: RepositoryCall) {
  const check = checkOf(call)
  const actor = actorOf(call.world, call.principal)
  if (check.appSlug !== actor.viaApp) throw notByIntegration()
  updateCheckRun(call.world, actor, check, given(call, check))
  return ok(checkRunView(call.world, check))
}

async function listForRef(call: RepositoryCall) {
  const { world, repository, query } = call
  const rev = text(call.params['ref'])
  const sha = await resolveCommit(repository.gitDir, rev)
  if (sha === null) throw unprocessable(`No commit found for SHA: ${rev}`)
  const all = [...world.checkRuns.values()]
    .filter((c) => c.repositoryId === repository.id && c.headSha === sha)
    .filter((c) => query['check_name'] === undefined || c.name === query['check_name'])
    .filter((c) => query['status'] === undefined || c.status === query['status'])
    .filter((c) => query['app_id'] === undefined || world.appBySlug(c.appSlug).id === Number(query['app_id']))
    .toReversed()
  // By default only the newest of each name and suite.
  const newest = all.filter((c, i) => all.findIndex((o) => o.name === c.name && o.suiteId === c.suiteId) === i)
  return countedAnswer(call, 'check_runs', query['filter'] === 'all' ? all : newest, (c) => checkRunView(world, c))
}

const repo = '/repos/{owner}/{repo}'
export const checkRoutes: Routes = {
  [`POST ${repo}/check-runs`]: onRepository(writeChecks, create),
  [`GET ${repo}/check-runs/{check_run_id}`]: onRepository(reads('checks'), (call) =>
    ok(checkRunView(call.world, checkOf(call))),
  ),
  [`PATCH ${repo}/check-runs/{check_run_id}`]: onRepository(writeChecks, update),
  [`GET ${repo}/check-runs/{check_run_id}/annotations`]: onRepository(reads('checks'), (call) =>
    listAnswer(call, checkOf(call).annotations, (a) => ({
      start_column: null,
      end_column: null,
      title: null,
      raw_details: null,
      blob_href: `${call.world.url}/${call.repository.fullName}/blob/${checkOf(call).headSha}/${String(a['path'])}`,
      ...a,
    })),
  ),
  [`GET ${repo}/commits/{ref}/check-runs`]: onRepository(reads('checks'), listForRef),
}
