/**
 * Open issues across the repositories that the caller may read, each with its newest Run. GitHub is asked for a bounded
 * number of repositories, and what it said is kept (github/browse.ts); one that gives no answer hides no other.
 */
import { ISSUES_MAX, IssueListBody, IssueListQuery } from '../../contracts/browse.ts'
import { isTerminal } from '../../contracts/status.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Run } from '../../domain/run.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { asking } from './answers.ts'
import type { OpenIssue } from '../../domain/issue-facts.ts'
import type { ApiPorts } from './ports.ts'
import { inBatches, nameOf, readableOf, readableRepository } from './repository.ts'

const REPOSITORIES_ASKED_MAX = 20

interface Found {
  repository: RepositoryRef
  issue: OpenIssue
}

export function issueListRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/issues',
    access: 'signed_in',
    summary: 'Open issues of the repositories that the caller may read, with their newest Runs',
    query: IssueListQuery,
    problems: ['not_found'],
    answer: IssueListBody,
    async handle({ who, query }) {
      const known = await readableRepositories(ports, who)
      const wanted = query.repository === undefined ? known : [await named(ports, who, query.repository)]
      const asked = wanted.slice(0, REPOSITORIES_ASKED_MAX)
      const { found, unavailable } = await openIssues(ports, asked)
      const fitting = found
        .filter(({ issue }) => fits(issue, query.q))
        .toSorted((a, b) => b.issue.updatedAt - a.issue.updatedAt)
      const some = fitting.slice(0, ISSUES_MAX)
      const runs = await inBatches(some, (f) => ports.runs.latestRunOfIssue(f.repository.id, f.issue.number))
      const json = {
        issues: some.flatMap((f, at) => (hasRun(runs[at]!, query.run) ? [bodyOf(f, runs[at]!, ports)] : [])),
        repositories: known.map(nameOf).toSorted(),
        left: wanted.length - asked.length,
        unavailable: unavailable.map(nameOf),
        more: fitting.length > some.length,
      }
      return { json: json satisfies IssueListBody }
    },
  })
}

/** Where the App is installed and where Runs were, as far as the caller may read it. */
async function readableRepositories(ports: ApiPorts, who: Identity): Promise<RepositoryRef[]> {
  const asked = ports.github.installedRepositories()
  const [installed, seen] = await Promise.all([
    // What had Runs before is known without GitHub.
    asked.catch(() => ({ repositories: [] })),
    ports.access.repositories(),
  ])
  const all = [...new Map([...seen, ...installed.repositories].map((each) => [each.id, each])).values()]
  const { repositories: readable } = await readableOf(ports, who, all)
  // Nothing to read because GitHub is away is not the same as nothing to read.
  if (readable.length === 0) await asking(asked)
  return readable
}

async function named(ports: ApiPorts, who: Identity, repository: string): Promise<RepositoryRef> {
  const [owner = '', repo = '', more] = repository.split('/')
  if (!owner || !repo || more !== undefined) {
    throw new ProblemError('bad_request', { detail: 'repository is owner/name.' })
  }
  return readableRepository(ports, who, { owner, repo })
}

async function openIssues({ github }: ApiPorts, repositories: readonly RepositoryRef[]) {
  const answers = await inBatches(repositories, (each) => github.openIssues(each).catch(() => null))
  const unavailable = repositories.filter((_, at) => answers[at] === null)
  if (repositories.length > 0 && unavailable.length === repositories.length) {
    await asking(Promise.reject(new Error('No repository could be asked for its issues.')))
  }
  const found = repositories.flatMap((repository, at) =>
    (answers[at] ?? []).map((issue): Found => ({ repository, issue })),
  )
  return { found, unavailable }
}

function fits(issue: OpenIssue, q: string | undefined): boolean {
  const wanted = (q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const number = /^#?(\d+)$/.exec(q?.trim() ?? '')?.[1]
  if (number !== undefined && issue.number === Number(number)) return true
  return wanted.every((word) => issue.title.toLowerCase().includes(word))
}

function hasRun(run: Run | null, wanted: IssueListQuery['run']): boolean {
  if (wanted === undefined) return true
  if (run === null) return wanted === 'none'
  return wanted === (isTerminal(run.status) ? 'ended' : 'live')
}

function bodyOf({ repository, issue }: Found, run: Run | null, { urls }: ApiPorts): IssueListBody['issues'][number] {
  const { id, owner, name } = repository
  return {
    repository: { id, owner, name, private: repository.private },
    number: issue.number,
    title: issue.title,
    url: issue.url,
    labels: [...issue.labels],
    updatedAt: new Date(issue.updatedAt).toISOString(),
    run: run && toRunBody(run, urls),
  }
}
